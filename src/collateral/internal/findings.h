// What checking one kind of item finds out.
#pragma once

#include "collateral/check.h"

namespace cloister::collateral::internal {

struct Findings {
  Window window{};
  Time issued{};
  bool simulated = false;
};

Result<Findings> CheckAmd(const Item& item, const evidence::TrustAnchors& anchors, Time at);
Result<Findings> CheckIntel(const Item& item, const evidence::TrustAnchors& anchors, Time at);
Result<Findings> CheckNvidia(const Item& item, const evidence::TrustAnchors& anchors, Time at);
Result<Findings> CheckVtpmCa(const Item& item, const evidence::TrustAnchors& anchors, Time at);

// The time that all of them have in common. kExpired: none.
class CommonWindow {
 public:
  void Add(Time not_before, Time not_after);
  void Add(const crypto::Certificate& certificate) { Add(certificate.NotBefore(), certificate.NotAfter()); }
  Result<Window> Get() const;

 private:
  Window window_{Time::min(), Time::max()};
};

// The moment of `window` nearest to `at`.
Time Nearest(const Window& window, Time at);

// `chain` (leaf first, its root last) checked at the moment of `window` nearest to `at`; the root has to be an anchor for `use`.
Result<evidence::Root> CheckChain(std::span<const crypto::Certificate> chain, evidence::RootUse use,
                                  const evidence::TrustAnchors& anchors, const Window& window, Time at);

// The certificates of `pem`; kNotFound: empty.
Result<std::vector<crypto::Certificate>> ReadIssuers(ByteSpan pem);

}  // namespace cloister::collateral::internal

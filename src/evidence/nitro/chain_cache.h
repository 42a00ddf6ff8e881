// Chains of Nitro documents that were verified before, so that an enclave's next document costs one signature check.
#pragma once

#include "evidence/digest_cache.h"
#include "evidence/nitro/verify.h"

namespace cloister::evidence {

namespace internal {
struct NitroCertificates;
}

// Invariants: (1) it holds only chains that VerifyNitro would have accepted, whole, when they came; (2) a chain is
// found only by SHA-256 over every byte of leaf, bundle and lists, their order, and the anchors; (3) dates and
// revocation are checked at each use, and what fails then is dropped. Safe to use from several threads.
class NitroChainCache {
 public:
  // `capacity`: 1 or more; a chain takes about 20 KiB.
  explicit NitroChainCache(std::size_t capacity);
  ~NitroChainCache();
  // How many chains are kept.
  std::size_t size() const { return chains_.size(); }

 private:
  friend struct NitroVerification;
  using Chain = std::shared_ptr<const internal::VerifiedNitroChain>;
  Result<Chain> Verify(const internal::NitroCertificates& certificates, const NitroCollateral& collateral,
                       const TrustAnchors& anchors, Time at);
  DigestCache<internal::VerifiedNitroChain> chains_;
};

}  // namespace cloister::evidence

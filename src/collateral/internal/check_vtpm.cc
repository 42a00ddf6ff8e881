#include "collateral/internal/findings.h"

namespace cloister::collateral::internal {

// A CA certificate between a vTPM's key and the cloud's root. `issuers` are those above it, its root last.
Result<Findings> CheckVtpmCa(const Item& item, const evidence::TrustAnchors& anchors, Time at) {
  std::vector<crypto::Certificate> chain = TRY(ReadIssuers(item.issuers));
  chain.insert(chain.begin(), TRY(crypto::Certificate::ParseDer(item.body)));
  if (ToHex(chain[0].Fingerprint()) != item.key) return Error(ErrorCode::kMismatch, "it is another certificate than its key says");
  if (!chain[0].IsCa()) return Error(ErrorCode::kUntrusted, "expected a CA, " + chain[0].SubjectCommonName() + " is none");
  CommonWindow common;
  for (const auto& certificate : chain) common.Add(certificate);
  const Window window = TRY(common.Get());
  const auto use = item.kind == Kind::kAzureCa ? evidence::RootUse::kAzureVtpm : evidence::RootUse::kGoogleVtpm;
  const evidence::Root root = TRY(CheckChain(chain, use, anchors, window, at));
  return Findings{.window = window, .issued = chain[0].NotBefore(), .simulated = root.simulated};
}

}  // namespace cloister::collateral::internal

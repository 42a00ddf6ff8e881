// PCK chains and collateral that were verified before, so that the same machine's next quote costs two signature checks
// and not twelve.
#pragma once

#include "evidence/intel/verify.h"
#include "evidence/digest_cache.h"

namespace cloister::evidence {

// Invariants: (1) it holds only what VerifyTdx or VerifySgx accepted of certificates, lists and collateral, together, when
// it came; (2) that is found only by SHA-256 over every byte of all of them, the rule, and the anchors; (3) dates and
// revocation are checked at each use, and what fails then is dropped; (4) TCB level, evaluation number, QE report and
// quote are judged at each use, never kept. Safe to use from several threads.
class VerifiedIntelCache {
 public:
  // `capacity`: 1 or more; an entry takes about 30 KiB.
  explicit VerifiedIntelCache(std::size_t capacity);
  ~VerifiedIntelCache();

  // How many are kept.
  std::size_t size() const { return entries_.size(); }

 private:
  friend class VerifiedIntelPlatform;
  // As internal::VerifiedIntelChain::Verify.
  Result<std::shared_ptr<const internal::VerifiedIntelChain>> Verify(std::string_view pck_chain,
                                                                     const IntelCollateral& collateral,
                                                                     IntelCollateralRule rule,
                                                                     const TrustAnchors& anchors, Time at);
  DigestCache<internal::VerifiedIntelChain> entries_;
};

}  // namespace cloister::evidence

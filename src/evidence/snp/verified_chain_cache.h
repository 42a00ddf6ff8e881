// Chains that were verified before, so that the same machine's next report costs one signature check and not five.
#pragma once

#include "evidence/anchors.h"
#include "evidence/digest_cache.h"
#include "evidence/snp/certificate_table.h"

namespace cloister::evidence {

class VerifiedSnpVek;
struct SnpCollateral;
namespace internal {
class VerifiedSnpChain;
}

// Invariants: (1) it holds only chains that VerifySnpVek would have accepted, whole, when they came; (2) a chain is found
// only by SHA-256 over every byte of all certificates and lists, theirs and ours, their kinds and order, and the anchors;
// (3) dates and revocation are checked at each use, and what fails then is dropped; (4) at most `capacity` are kept, the
// one that was not used for longest goes first. Safe to use from several threads.
class VerifiedChainCache {
 public:
  // `capacity`: 1 or more; a chain takes about 10 KiB.
  explicit VerifiedChainCache(std::size_t capacity);
  ~VerifiedChainCache();

  // How many chains are kept.
  std::size_t size() const { return chains_.size(); }

 private:
  friend class VerifiedSnpVek;
  // As VerifySnpVek.
  Result<std::shared_ptr<const internal::VerifiedSnpChain>> Verify(std::span<const SnpCertificate> presented,
                                                                   const SnpCollateral& collateral,
                                                                   const TrustAnchors& anchors, Time at);
  DigestCache<internal::VerifiedSnpChain> chains_;
};

}  // namespace cloister::evidence

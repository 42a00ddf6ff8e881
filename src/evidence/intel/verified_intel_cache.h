// PCK chains, collateral and attestation keys that were verified before, so that the same machine's next quote costs
// one signature check and not twelve.
#pragma once

#include "evidence/digest_cache.h"
#include "evidence/intel/verify.h"

namespace cloister::evidence {

// Collateral with the SHA-256 over all of it, computed once: a cache finds what it verified by that digest, and
// computing it for each quote would cost half as much as the signature.
class PreparedIntelCollateral {
 public:
  PreparedIntelCollateral(IntelCollateral collateral = {});  // NOLINT: implicit, where collateral is handed over
  const IntelCollateral& collateral() const { return collateral_; }
  // Over every part, but for pck_chain: that is hashed with the quote where it counts.
  const crypto::Sha256Digest& digest() const { return digest_; }

 private:
  IntelCollateral collateral_;
  crypto::Sha256Digest digest_;
};

// Invariants: (1) it holds only chains that VerifyTdx or VerifySgx would accept, with all lists and collateral, when
// they came, and attestation keys that a quoting enclave named under such a chain; (2) a chain is found only by SHA-256
// over every byte of its certificates, lists and collateral, the rule, and the anchors; a key only by SHA-256 over that
// and every byte of key, QE report, its signature and authentication data; (3) dates and revocation are checked at each
// use, and what fails then is dropped; (4) TCB level, evaluation number and quote are judged at each use, never kept.
// Safe to use from several threads.
class VerifiedIntelCache {
 public:
  // `capacity`: 1 or more, of chains and of keys; a chain takes about 30 KiB.
  explicit VerifiedIntelCache(std::size_t capacity);
  ~VerifiedIntelCache();

  // How many chains are kept.
  std::size_t size() const { return chains_.size(); }

 private:
  friend struct IntelVerification;
  struct Known {
    std::shared_ptr<const internal::VerifiedIntelChain> chain;
    std::shared_ptr<const crypto::VerifyingKey> attestation_key;
  };
  // As internal::VerifiedIntelChain::Verify, then internal::VerifyAttestationKey.
  Result<Known> Verify(const IntelQuoteView& quote, std::string_view pck_chain,
                       const PreparedIntelCollateral& collateral, IntelCollateralRule rule, const TrustAnchors& anchors,
                       Time at);
  Result<std::shared_ptr<const internal::VerifiedIntelChain>> VerifyChain(const crypto::Sha256Digest& key,
                                                                          std::string_view pck_chain,
                                                                          const IntelCollateral& collateral,
                                                                          IntelCollateralRule rule,
                                                                          const TrustAnchors& anchors, Time at);
  DigestCache<internal::VerifiedIntelChain> chains_;
  DigestCache<crypto::VerifyingKey> attestation_keys_;
};

}  // namespace cloister::evidence

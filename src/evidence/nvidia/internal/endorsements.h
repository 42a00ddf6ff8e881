// What surrounds a report: chains, manifests and OCSP answers, verified or found among what was verified before.
#pragma once

#include "evidence/digest_cache.h"
#include "evidence/nvidia/verify.h"

namespace cloister::evidence::internal {

class NvidiaCacheState {
 public:
  explicit NvidiaCacheState(std::size_t capacity)
      : chains(capacity), rims(capacity), answers(capacity) {}
  DigestCache<VerifiedNvidiaChain> chains;
  DigestCache<VerifiedNvidiaRim> rims;
  DigestCache<crypto::OcspValidity> answers;
};

// One verification's view: its anchors, its time, and a cache.
class NvidiaEndorsements {
 public:
  // All arguments are borrowed.
  NvidiaEndorsements(const PreparedNvidiaCollateral& collateral, const TrustAnchors& anchors, Time at, NvidiaCacheState& cache);

  // As VerifiedNvidiaChain::Verify, for certificates as PEM.
  Result<std::shared_ptr<const VerifiedNvidiaChain>> Chain(const std::string& pem);
  // The manifest of the collateral for `product` and `version` (compared without regard to case). kNotFound, or why the first
  // that does not hold was refused; kConflict: two that differ.
  Result<std::shared_ptr<const VerifiedNvidiaRim>> Rim(std::string_view product, std::string_view version);
  // That the collateral has an answer that says "good" for each certificate of `chain` from `first` on but the root. Gives when
  // the first of them ends. kNotFound, kRevoked and the errors of crypto::VerifyNotRevoked.
  Result<Time> NotRevoked(std::span<const crypto::Certificate> chain, std::size_t first);
  // As VerifyNvidia.
  Result<VerifiedNvidiaDevice> Device(const NvidiaEvidence& evidence, const NvidiaExpectations& expected);

 private:
  using Answer = PreparedNvidiaCollateral::Answer;
  static constexpr std::size_t kMaximumRims = 64, kMaximumAnswers = 256;
  Result<std::shared_ptr<const VerifiedNvidiaRim>> Verified(const PreparedNvidiaCollateral::Rim& rim);
  Result<void> VerifyRims();
  Result<Time> Check(const crypto::Certificate& certificate, const crypto::Certificate& issuer, const Answer& answer);
  Result<Time> NotRevoked(const crypto::Certificate& certificate, const crypto::Certificate& issuer);

  const PreparedNvidiaCollateral& collateral_;
  crypto::Sha256Digest anchors_digest_;
  const TrustAnchors& anchors_;
  Time at_;
  NvidiaCacheState& cache_;
  bool rims_read_ = false;
  BoundedVector<std::shared_ptr<const VerifiedNvidiaRim>, kMaximumRims> rims_;
  std::optional<Error> rim_refused_;
};

}  // namespace cloister::evidence::internal

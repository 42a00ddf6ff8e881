// What surrounds a report: chains, manifests and OCSP answers, verified or found among what was verified before.
#pragma once

#include "crypto/ocsp.h"
#include "evidence/digest_cache.h"
#include "evidence/nvidia/chain.h"
#include "evidence/nvidia/verify.h"

namespace cloister::evidence::internal {

class NvidiaCacheState {
 public:
  explicit NvidiaCacheState(std::size_t capacity)
      : chains(capacity), rims(capacity), parsed_answers(capacity), answers(capacity) {}
  DigestCache<VerifiedNvidiaChain> chains;
  DigestCache<VerifiedNvidiaRim> rims;
  DigestCache<crypto::OcspResponse> parsed_answers;  // not verified: that is per certificate
  DigestCache<crypto::OcspValidity> answers;
};

// One verification's view: its anchors, its time, and a cache.
class NvidiaEndorsements {
 public:
  // All arguments are borrowed.
  NvidiaEndorsements(const NvidiaCollateral& collateral, const TrustAnchors& anchors, Time at, NvidiaCacheState& cache);

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
  struct Answer {
    Bytes serial;
    std::shared_ptr<const crypto::OcspResponse> response;
    std::optional<Bytes> nonce;
  };
  Result<std::shared_ptr<const VerifiedNvidiaRim>> Verified(const Bytes& xml);
  Result<void> VerifyRims();
  Result<void> ParseAnswers();
  Result<std::shared_ptr<const crypto::OcspResponse>> Parsed(const Bytes& der);
  Result<Time> Check(const crypto::Certificate& certificate, const crypto::Certificate& issuer, const Answer& answer);
  Result<Time> NotRevoked(const crypto::Certificate& certificate, const crypto::Certificate& issuer);

  const NvidiaCollateral& collateral_;
  crypto::Sha256Digest anchors_digest_;
  const TrustAnchors& anchors_;
  Time at_;
  NvidiaCacheState& cache_;
  bool rims_read_ = false, answers_read_ = false;
  std::vector<std::shared_ptr<const VerifiedNvidiaRim>> rims_;
  std::optional<Error> rim_refused_;
  std::vector<Answer> answers_;
  // What was answered already: devices of a machine share most issuers and manifests.
  struct GoodUntil {
    crypto::Certificate certificate, issuer;
    Time time;
  };
  std::vector<GoodUntil> good_until_;
};

}  // namespace cloister::evidence::internal

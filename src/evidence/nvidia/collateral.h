// What a verifier fetched about NVIDIA's devices: manifests and OCSP answers.
#pragma once

#include <optional>
#include <vector>

#include "crypto/ocsp.h"

namespace cloister::evidence {

namespace internal {
class NvidiaEndorsements;
}

// An answer of NVIDIA's OCSP service (DER), and the nonce that was sent to it; none where it was fetched for several uses,
// so that only its dates say how old it is.
struct NvidiaOcspAnswer {
  Bytes der;
  std::optional<Bytes> nonce;
};

// Manifests (XML) and OCSP answers, in any order and for any number of devices. Two manifests for one version that differ are
// refused where they are needed: the verifier has to say which it means.
struct NvidiaCollateral {
  std::vector<Bytes> rims;
  std::vector<NvidiaOcspAnswer> ocsp;
};

// The same, hashed and read once, for verifiers that run on: a cache finds what it verified by digests. Preparing proves
// nothing; what cannot be read is refused by the verification that needs it.
class PreparedNvidiaCollateral {
 public:
  PreparedNvidiaCollateral() = default;
  PreparedNvidiaCollateral(NvidiaCollateral collateral);  // NOLINT: implicit, where collateral is handed over

  bool has_rims() const { return !rims_.empty(); }
  bool has_answers() const { return !answers_.empty() || answers_refused_; }

 private:
  friend class internal::NvidiaEndorsements;
  struct Rim {
    Bytes xml;
    crypto::Sha256Digest sha256;
  };
  struct Answer {
    crypto::OcspResponse response;
    Bytes serial;  // of the certificate that it is about
    std::optional<Bytes> nonce;
    crypto::Sha256Digest sha256;  // over DER and nonce
  };
  std::vector<Rim> rims_;
  std::vector<Answer> answers_;
  std::optional<Error> answers_refused_;  // why they are of no use
};

}  // namespace cloister::evidence

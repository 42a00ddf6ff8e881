// For benchmarks: the signature checks that limit verification, with the key made ready and the digest at hand.
#pragma once

#include "crypto/hash.h"
#include "crypto/sign.h"

namespace cloister::evidence {

class BareChecks {
 public:
  // `count` checks of one ECDSA signature.
  BareChecks(crypto::SignatureAlgorithm algorithm, int count) : count_(count) {
    const auto key = crypto::SigningKey::Generate(algorithm);
    const Bytes message(100, 7);
    const bool sha256 = algorithm == crypto::SignatureAlgorithm::kEs256;
    digest_ = crypto::Hash(sha256 ? crypto::HashAlgorithm::kSha256 : crypto::HashAlgorithm::kSha384, message);
    signature_ = key.Sign(message);
    key_ = key.Public();
  }
  void operator()() const {
    for (int i = 0; i < count_; ++i) CHECK(key_->VerifyDigest(digest_, signature_).has_value());
  }

 private:
  int count_;
  Bytes digest_, signature_;
  std::optional<crypto::VerifyingKey> key_;
};

}  // namespace cloister::evidence

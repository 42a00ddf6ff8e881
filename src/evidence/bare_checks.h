// For benchmarks: the signature checks that limit verification, with the key made ready and the digest at hand.
#pragma once

#include "crypto/hash.h"
#include "crypto/sign.h"

namespace cloister::evidence {

class BareChecks {
 public:
  // `count` checks of one signature: ES256, ES384, or RS256 with a key of 2048 bits, as TPMs have them.
  BareChecks(crypto::SignatureAlgorithm algorithm, int count) : count_(count) {
    using crypto::SignatureAlgorithm;
    const auto key = algorithm == SignatureAlgorithm::kRs256 ? *crypto::SigningKey::GenerateRsa(algorithm, 2048)
                                                             : crypto::SigningKey::Generate(algorithm);
    const Bytes message(100, 7);
    const bool sha384 = algorithm == SignatureAlgorithm::kEs384;
    digest_ = crypto::Hash(sha384 ? crypto::HashAlgorithm::kSha384 : crypto::HashAlgorithm::kSha256, message);
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

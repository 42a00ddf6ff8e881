// A platform half that was verified, and the realm's key that it names.
#pragma once

#include "crypto/sign.h"
#include "evidence/cca/token.h"

namespace cloister::evidence::internal {

struct VerifiedCcaPlatform {
  CcaPlatform platform;
  crypto::VerifyingKey key;         // the platform's, which signed it
  crypto::Sha256Digest key_sha256;  // of its SubjectPublicKeyInfo
  crypto::VerifyingKey realm_key;
};

}  // namespace cloister::evidence::internal

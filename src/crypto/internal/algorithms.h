// What goes with each signature algorithm.
#pragma once

#include <openssl/types.h>

#include "crypto/hash.h"
#include "crypto/sign.h"

namespace cloister::crypto::internal {

enum class KeyKind { kEc, kEdwards, kRsaPkcs1, kRsaPss };

struct AlgorithmInfo {
  std::string_view name;
  KeyKind kind;
  const char* type;             // OpenSSL's name of the key type
  const char* group;            // of the curve; nullptr without one
  std::size_t coordinate_size;  // bytes; for Edwards keys, of the public key
  HashAlgorithm hash;           // not used by Edwards curves
};

const AlgorithmInfo& InfoOf(SignatureAlgorithm algorithm);

// PSS with a salt as long as the digest, or PKCS#1 v1.5; nothing for keys that are not RSA.
bool SetPadding(EVP_PKEY_CTX* context, SignatureAlgorithm algorithm);

}  // namespace cloister::crypto::internal

// JSON Web Keys (RFC 7517): signature keys, and the keys that a TEE has secrets encrypted to.
#pragma once

#include <variant>

#include "crypto/ecdh.h"
#include "crypto/hash.h"
#include "crypto/sign.h"
#include "formats/json.h"

namespace cloister::token {

// EC on P-256, P-384 or P-521, OKP with Ed25519, RSA. An `alg` that contradicts the curve is refused, and RSA needs one
// (PS256, PS384, PS512, RS256), since a key is bound to one algorithm. Other members (kid, use, x5c) are not looked at;
// a private member (d, p, …) is refused, because such a key is no longer private.
// kMalformed; kUnsupported: another kind, curve or algorithm, RSA under 2048 bits.
Result<crypto::VerifyingKey> VerifyingKeyFromJwk(const formats::Json& jwk);
// kty, crv, x, y (or n, e), and `alg` for RSA only.
formats::Json JwkOf(const crypto::VerifyingKey& key);
// SHA-256 over the required members (RFC 7638); in a kid it stands as base64url.
crypto::Sha256Digest JwkThumbprint(const crypto::VerifyingKey& key);

// A signature key and the name it goes by.
struct NamedJwk {
  std::string kid;  // may be empty
  crypto::VerifyingKey key;
};
// {"keys": […]} (RFC 7517 §5), at most 64. Keys of a kind that we do not take are skipped, as the RFC says.
Result<std::vector<NamedJwk>> ParseJwkSet(const formats::Json& set);

// How a content key is given to a TEE (RFC 7518 §4.1): with the names that the KBS protocol uses.
enum class KeyEncryption { kEcdhEsA256Kw, kRsaOaep256, kRsa1V15 };
std::string_view KeyEncryptionName(KeyEncryption encryption);

// `tee-pubkey` of the KBS protocol: {kty EC, crv P-256|P-384|P-521, alg ECDH-ES+A256KW, x, y} or {kty RSA,
// alg RSA-OAEP-256|RSA1_5, n, e}.
class TeePublicKey {
 public:
  explicit TeePublicKey(crypto::EcdhPublicKey key) : key_(std::move(key)), encryption_(KeyEncryption::kEcdhEsA256Kw) {}
  TeePublicKey(crypto::RsaPublicKey key, crypto::RsaEncryption padding);
  // kMalformed; kUnsupported: another kind or algorithm.
  static Result<TeePublicKey> FromJwk(const formats::Json& jwk);
  formats::Json ToJwk() const;

  KeyEncryption encryption() const { return encryption_; }
  // Null pointer for the other kind.
  const crypto::EcdhPublicKey* ec() const { return std::get_if<crypto::EcdhPublicKey>(&key_); }
  const crypto::RsaPublicKey* rsa() const { return std::get_if<crypto::RsaPublicKey>(&key_); }

 private:
  std::variant<crypto::EcdhPublicKey, crypto::RsaPublicKey> key_;
  KeyEncryption encryption_;
};

// The other half; lives in the TEE.
class TeePrivateKey {
 public:
  explicit TeePrivateKey(crypto::EcdhPrivateKey key)
      : key_(std::move(key)), encryption_(KeyEncryption::kEcdhEsA256Kw) {}
  TeePrivateKey(crypto::RsaPrivateKey key, crypto::RsaEncryption padding);
  // A fresh P-256 key, which is what guests use.
  static TeePrivateKey Generate() { return TeePrivateKey(crypto::EcdhPrivateKey::Generate(crypto::EcCurve::kP256)); }

  TeePublicKey Public() const;
  KeyEncryption encryption() const { return encryption_; }
  const crypto::EcdhPrivateKey* ec() const { return std::get_if<crypto::EcdhPrivateKey>(&key_); }
  const crypto::RsaPrivateKey* rsa() const { return std::get_if<crypto::RsaPrivateKey>(&key_); }

 private:
  std::variant<crypto::EcdhPrivateKey, crypto::RsaPrivateKey> key_;
  KeyEncryption encryption_;
};

}  // namespace cloister::token

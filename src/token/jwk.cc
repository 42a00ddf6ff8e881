#include "token/jwk.h"

#include <algorithm>

#include "token/internal/jose.h"

namespace cloister::token {
namespace {

using crypto::EcCurve;
using crypto::SignatureAlgorithm;
using crypto::VerifyingKey;
using formats::Json;

constexpr std::size_t kMaximumKeys = 64;

struct Curve {
  std::string_view name;
  SignatureAlgorithm algorithm;
  EcCurve ecdh;
};
constexpr Curve kCurves[] = {{"P-256", SignatureAlgorithm::kEs256, EcCurve::kP256},
                             {"P-384", SignatureAlgorithm::kEs384, EcCurve::kP384},
                             {"P-521", SignatureAlgorithm::kEs512, EcCurve::kP521}};

Result<const Curve*> CurveOf(const Json& jwk) {
  const std::string name = TRY(jwk.GetString("crv"));
  for (const Curve& curve : kCurves) {
    if (curve.name == name) return &curve;
  }
  return Error(ErrorCode::kUnsupported, "JWK: a curve that we do not take");
}

Result<Bytes> Field(const Json& jwk, std::string_view name) {
  const std::string text = TRY(jwk.GetString(name));
  return TRY_WITH("JWK member \"" + std::string(name) + "\"", FromBase64Url(text));
}

Result<void> RefusePrivate(const Json& jwk) {
  for (const std::string_view name : {"d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"}) {
    if (jwk.Find(name) != nullptr) return Error(ErrorCode::kMalformed, "JWK: expected a public key, got a private one");
  }
  return {};
}

// `alg` where the curve says everything: it may stand there, and must then agree.
Result<void> CheckAlgorithm(const Json& jwk, std::string_view expected) {
  const std::optional<std::string> algorithm = TRY(jwk.FindString("alg"));
  if (algorithm && *algorithm != expected) {
    return Error(ErrorCode::kUnsupported, "JWK: \"alg\" does not go with the curve");
  }
  return {};
}

Result<VerifyingKey> RsaKey(const Json& jwk) {
  const std::string name = TRY(jwk.GetString("alg"));
  const Bytes modulus = TRY(Field(jwk, "n"));
  const Bytes exponent = TRY(Field(jwk, "e"));
  using enum SignatureAlgorithm;
  for (const SignatureAlgorithm algorithm : {kPs256, kPs384, kPs512, kRs256}) {
    if (crypto::SignatureAlgorithmName(algorithm) == name) {
      return VerifyingKey::FromRsa(algorithm, modulus, exponent);
    }
  }
  return Error(ErrorCode::kUnsupported, "JWK: expected \"alg\" PS256, PS384, PS512 or RS256 for RSA");
}

Json EcMembers(std::string_view curve, ByteSpan x, ByteSpan y) {
  return Json::Object{{"kty", "EC"}, {"crv", curve}, {"x", ToBase64Url(x)}, {"y", ToBase64Url(y)}};
}

Json RsaMembers(ByteSpan modulus, ByteSpan exponent) {
  return Json::Object{{"kty", "RSA"}, {"n", ToBase64Url(modulus)}, {"e", ToBase64Url(exponent)}};
}

// The members that RFC 7638 §3.2 hashes.
Json RequiredMembers(const VerifyingKey& key) {
  if (crypto::IsRsa(key.algorithm())) return RsaMembers(key.RsaModulus(), key.RsaExponent());
  if (key.algorithm() == SignatureAlgorithm::kEdDsa) {
    return Json::Object{{"kty", "OKP"}, {"crv", "Ed25519"}, {"x", ToBase64Url(key.Ed25519Bytes())}};
  }
  for (const Curve& curve : kCurves) {
    if (curve.algorithm == key.algorithm()) return EcMembers(curve.name, key.EcX(), key.EcY());
  }
  CHECK(false);  // ES512 on P-256 and Ed448 are COSE's only
}

KeyEncryption EncryptionOf(crypto::RsaEncryption padding) {
  return padding == crypto::RsaEncryption::kOaepSha256 ? KeyEncryption::kRsaOaep256 : KeyEncryption::kRsa1V15;
}

}  // namespace

Result<VerifyingKey> VerifyingKeyFromJwk(const Json& jwk) {
  const std::string type = TRY_WITH("JWK", jwk.GetString("kty"));
  TRY(RefusePrivate(jwk));
  if (type == "RSA") return RsaKey(jwk);
  if (type == "OKP") {
    if (TRY(jwk.GetString("crv")) != "Ed25519") return Error(ErrorCode::kUnsupported, "JWK: expected curve Ed25519");
    TRY(CheckAlgorithm(jwk, "EdDSA"));
    return VerifyingKey::FromEd25519(TRY(Field(jwk, "x")));
  }
  if (type != "EC") return Error(ErrorCode::kUnsupported, "JWK: expected \"kty\" EC, OKP or RSA");
  const Curve* curve = TRY(CurveOf(jwk));
  TRY(CheckAlgorithm(jwk, crypto::SignatureAlgorithmName(curve->algorithm)));
  const Bytes x = TRY(Field(jwk, "x"));
  const Bytes y = TRY(Field(jwk, "y"));
  return VerifyingKey::FromEcPoint(curve->algorithm, x, y);
}

Json JwkOf(const VerifyingKey& key) {
  Json jwk = RequiredMembers(key);
  if (crypto::IsRsa(key.algorithm())) jwk.Set("alg", crypto::SignatureAlgorithmName(key.algorithm()));
  return jwk;
}

crypto::Sha256Digest JwkThumbprint(const VerifyingKey& key) {
  // Only ASCII strings, so the canonical form is RFC 7638's: members in order of name, no spaces.
  return crypto::Sha256(AsBytes(*RequiredMembers(key).Canonical()));
}

Result<std::vector<NamedJwk>> ParseJwkSet(const Json& set) {
  const Json::Array& array = *TRY_WITH("JWK set", set.GetArray("keys"));
  if (array.size() > kMaximumKeys) return Error(ErrorCode::kLimit, "JWK set: more than 64 keys");
  std::vector<NamedJwk> keys;
  for (const Json& jwk : array) {
    Result<VerifyingKey> key = VerifyingKeyFromJwk(jwk);
    if (!key && key.error().code() == ErrorCode::kUnsupported) continue;
    if (!key) return std::move(key).error();
    keys.push_back({TRY(jwk.FindString("kid")).value_or(""), *std::move(key)});
  }
  return keys;
}

std::string_view KeyEncryptionName(KeyEncryption encryption) {
  constexpr std::string_view kNames[] = {"ECDH-ES+A256KW", "RSA-OAEP-256", "RSA1_5"};
  return kNames[static_cast<std::size_t>(encryption)];
}

TeePublicKey::TeePublicKey(crypto::RsaPublicKey key, crypto::RsaEncryption padding)
    : key_(std::move(key)), encryption_(EncryptionOf(padding)) {}

Result<TeePublicKey> TeePublicKey::FromJwk(const Json& jwk) {
  TRY(RefusePrivate(jwk));
  const std::string algorithm = TRY_WITH("tee-pubkey", jwk.GetString("alg"));
  const std::string type = TRY_WITH("tee-pubkey", jwk.GetString("kty"));
  if (type == "EC" && algorithm == KeyEncryptionName(KeyEncryption::kEcdhEsA256Kw)) {
    return TeePublicKey(TRY(internal::EcdhKeyFromJwk(jwk)));
  }
  if (type == "RSA") {
    for (const crypto::RsaEncryption padding : {crypto::RsaEncryption::kOaepSha256, crypto::RsaEncryption::kPkcs1V15}) {
      if (algorithm != KeyEncryptionName(EncryptionOf(padding))) continue;
      const Bytes modulus = TRY(Field(jwk, "n"));
      const Bytes exponent = TRY(Field(jwk, "e"));
      return TeePublicKey(TRY(crypto::RsaPublicKey::FromComponents(modulus, exponent)), padding);
    }
  }
  return Error(ErrorCode::kUnsupported, "tee-pubkey: expected ECDH-ES+A256KW with EC, or RSA-OAEP-256 or RSA1_5");
}

Json TeePublicKey::ToJwk() const {
  Json jwk = ec() != nullptr ? internal::JwkOfEcdhKey(*ec()) : RsaMembers(rsa()->modulus(), rsa()->exponent());
  jwk.Set("alg", KeyEncryptionName(encryption_));
  return jwk;
}

TeePrivateKey::TeePrivateKey(crypto::RsaPrivateKey key, crypto::RsaEncryption padding)
    : key_(std::move(key)), encryption_(EncryptionOf(padding)) {}

TeePublicKey TeePrivateKey::Public() const {
  if (ec() != nullptr) return TeePublicKey(ec()->Public());
  return {rsa()->Public(), encryption_ == KeyEncryption::kRsaOaep256 ? crypto::RsaEncryption::kOaepSha256
                                                                     : crypto::RsaEncryption::kPkcs1V15};
}

namespace internal {

Result<crypto::EcdhPublicKey> EcdhKeyFromJwk(const Json& jwk) {
  TRY(RefusePrivate(jwk));
  if (TRY(jwk.GetString("kty")) != "EC") return Error(ErrorCode::kUnsupported, "JWK: expected \"kty\" EC");
  const Curve* curve = TRY(CurveOf(jwk));
  const Bytes x = TRY(Field(jwk, "x"));
  const Bytes y = TRY(Field(jwk, "y"));
  return crypto::EcdhPublicKey::FromCoordinates(curve->ecdh, x, y);
}

Json JwkOfEcdhKey(const crypto::EcdhPublicKey& key) {
  return EcMembers(kCurves[static_cast<std::size_t>(key.curve())].name, key.x(), key.y());
}

}  // namespace internal
}  // namespace cloister::token

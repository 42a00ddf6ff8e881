#include "crypto/sign.h"

#include <openssl/core_names.h>
#include <openssl/pem.h>

#include "crypto/internal/algorithms.h"
#include "crypto/internal/aws_lc.h"
#include "crypto/internal/openssl.h"

namespace cloister::crypto {

using internal::ErrorScope;
using internal::InfoOf;
using internal::KeyAccess;
using internal::KeyKind;
using internal::OwnedPkey;
using internal::SharedPkey;

namespace {

Error BadSignature() { return Error(ErrorCode::kUntrusted, "signature does not verify"); }

Result<void> Accepted(bool verified) {
  if (!verified) return BadSignature();
  return {};
}

// For the curves that AWS-LC verifies; P-521 stays with OpenSSL.
std::shared_ptr<const internal::EcdsaKey> EcdsaKeyOf(SignatureAlgorithm algorithm, const EVP_PKEY* key) {
  if (!IsEcdsa(algorithm) || algorithm == SignatureAlgorithm::kEs512) return nullptr;
  const std::size_t size = EcCoordinateSize(algorithm);
  return internal::PrepareEcdsaKey(internal::KeyNumber(key, OSSL_PKEY_PARAM_EC_PUB_X, size),
                                   internal::KeyNumber(key, OSSL_PKEY_PARAM_EC_PUB_Y, size));
}

// The DER form that OpenSSL takes of r || s, or the RSA and EdDSA signature as it is.
Result<Bytes> ForOpenSsl(SignatureAlgorithm algorithm, ByteSpan signature) {
  if (!IsEcdsa(algorithm)) return ToBytes(signature);
  Result<Bytes> der = EcdsaSignatureToDer(algorithm, signature);
  if (!der) return BadSignature();
  return der;
}

}  // namespace

std::string_view SignatureAlgorithmName(SignatureAlgorithm algorithm) { return InfoOf(algorithm).name; }
bool IsEcdsa(SignatureAlgorithm algorithm) { return InfoOf(algorithm).kind == KeyKind::kEc; }
bool IsRsa(SignatureAlgorithm algorithm) { return InfoOf(algorithm).type == std::string_view("RSA"); }

std::size_t EcCoordinateSize(SignatureAlgorithm algorithm) {
  CHECK(IsEcdsa(algorithm));
  return InfoOf(algorithm).coordinate_size;
}

VerifyingKey::VerifyingKey(SignatureAlgorithm algorithm, SharedPkey key)
    : algorithm_(algorithm), key_(std::move(key)), ecdsa_(EcdsaKeyOf(algorithm, key_.get())) {}

Result<VerifyingKey> VerifyingKey::FromSpkiDer(SignatureAlgorithm algorithm, ByteSpan der) {
  return KeyAccess::Verifying(algorithm, TRY(internal::PublicKeyFromDer(der)));
}

Result<VerifyingKey> VerifyingKey::FromSpkiPem(SignatureAlgorithm algorithm, std::string_view pem) {
  return KeyAccess::Verifying(algorithm, TRY(internal::PublicKeyFromPem(pem)));
}

Result<VerifyingKey> VerifyingKey::FromSpkiDer(ByteSpan der) {
  SharedPkey key = TRY(internal::PublicKeyFromDer(der));
  const SignatureAlgorithm algorithm = TRY(KeyAccess::AlgorithmOf(key.get()));
  return KeyAccess::Verifying(algorithm, std::move(key));
}

Result<VerifyingKey> VerifyingKey::FromSpkiPem(std::string_view pem) {
  SharedPkey key = TRY(internal::PublicKeyFromPem(pem));
  const SignatureAlgorithm algorithm = TRY(KeyAccess::AlgorithmOf(key.get()));
  return KeyAccess::Verifying(algorithm, std::move(key));
}

Result<VerifyingKey> VerifyingKey::FromEcPoint(SignatureAlgorithm algorithm, ByteSpan x, ByteSpan y) {
  if (!IsEcdsa(algorithm)) return Error(ErrorCode::kUnsupported, "EC key: the algorithm is not ECDSA");
  const std::size_t size = EcCoordinateSize(algorithm);
  if (x.size() != size || y.size() != size) {
    return Error(ErrorCode::kMalformed, "EC key: expected coordinates of " + std::to_string(size) + " bytes, got " +
                                            std::to_string(x.size()) + " and " + std::to_string(y.size()));
  }
  return VerifyingKey(algorithm, TRY(internal::EcPublicKey(InfoOf(algorithm).group, x, y)));
}

namespace {

Result<SharedPkey> EdwardsKey(SignatureAlgorithm algorithm, ByteSpan bytes) {
  const ErrorScope errors;
  const internal::AlgorithmInfo& info = InfoOf(algorithm);
  if (bytes.size() != info.coordinate_size) {
    return Error(ErrorCode::kMalformed, std::string(info.name) + " key: expected " +
                                            std::to_string(info.coordinate_size) + " bytes, got " +
                                            std::to_string(bytes.size()));
  }
  OwnedPkey key(EVP_PKEY_new_raw_public_key_ex(nullptr, info.type, nullptr, bytes.data(), bytes.size()));
  CHECK(key != nullptr);
  return internal::Share(std::move(key));
}

}  // namespace

Result<VerifyingKey> VerifyingKey::FromEd25519(ByteSpan key) {
  return VerifyingKey(SignatureAlgorithm::kEdDsa, TRY(EdwardsKey(SignatureAlgorithm::kEdDsa, key)));
}

Result<VerifyingKey> VerifyingKey::FromEd448(ByteSpan key) {
  return VerifyingKey(SignatureAlgorithm::kEd448, TRY(EdwardsKey(SignatureAlgorithm::kEd448, key)));
}

Result<VerifyingKey> VerifyingKey::FromRsa(SignatureAlgorithm algorithm, ByteSpan modulus, ByteSpan exponent) {
  if (!IsRsa(algorithm)) return Error(ErrorCode::kUnsupported, "RSA key: the algorithm is not RSA");
  return VerifyingKey(algorithm, TRY(internal::RsaPublicKeyFrom(modulus, exponent)));
}

Bytes VerifyingKey::SpkiDer() const {
  const ErrorScope errors;
  return internal::ToDer(i2d_PUBKEY, static_cast<const EVP_PKEY*>(key_.get()));
}

std::string VerifyingKey::SpkiPem() const {
  const ErrorScope errors;
  const internal::OwnedBio bio(BIO_new(BIO_s_mem()));
  CHECK(bio != nullptr && PEM_write_bio_PUBKEY(bio.get(), key_.get()) == 1);
  return std::string(AsText(internal::Written(bio)));
}

Bytes VerifyingKey::EcX() const {
  return internal::KeyNumber(key_.get(), OSSL_PKEY_PARAM_EC_PUB_X, EcCoordinateSize(algorithm_));
}

Bytes VerifyingKey::EcY() const {
  return internal::KeyNumber(key_.get(), OSSL_PKEY_PARAM_EC_PUB_Y, EcCoordinateSize(algorithm_));
}

Bytes VerifyingKey::Ed25519Bytes() const {
  CHECK(algorithm_ == SignatureAlgorithm::kEdDsa);
  Bytes bytes(32);
  std::size_t size = bytes.size();
  CHECK(EVP_PKEY_get_raw_public_key(key_.get(), bytes.data(), &size) == 1 && size == bytes.size());
  return bytes;
}

Bytes VerifyingKey::RsaModulus() const {
  CHECK(IsRsa(algorithm_));
  return internal::KeyNumber(key_.get(), OSSL_PKEY_PARAM_RSA_N);
}

Bytes VerifyingKey::RsaExponent() const {
  CHECK(IsRsa(algorithm_));
  return internal::KeyNumber(key_.get(), OSSL_PKEY_PARAM_RSA_E);
}

bool VerifyingKey::operator==(const VerifyingKey& other) const {
  return algorithm_ == other.algorithm_ && (key_ == other.key_ || EVP_PKEY_eq(key_.get(), other.key_.get()) == 1);
}

Result<void> VerifyingKey::Verify(ByteSpan message, ByteSpan signature) const {
  if (ecdsa_ != nullptr) {
    return Accepted(internal::VerifyEcdsa(*ecdsa_, InlineDigest(InfoOf(algorithm_).hash, message), signature));
  }
  const ErrorScope errors;
  const Bytes encoded = TRY(ForOpenSsl(algorithm_, signature));
  const internal::OwnedDigestContext context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* parameters = nullptr;
  CHECK(context != nullptr);
  CHECK(EVP_DigestVerifyInit(context.get(), &parameters, internal::Md(algorithm_), nullptr, key_.get()) == 1);
  CHECK(internal::SetPadding(parameters, algorithm_));
  return Accepted(EVP_DigestVerify(context.get(), encoded.data(), encoded.size(), message.data(), message.size()) == 1);
}

Result<void> VerifyingKey::VerifyDigest(ByteSpan digest, ByteSpan signature) const {
  const ErrorScope errors;
  const EVP_MD* md = internal::Md(algorithm_);
  if (md == nullptr) return Error(ErrorCode::kUsage, "EdDSA signs messages, not digests");
  if (digest.size() != static_cast<std::size_t>(EVP_MD_get_size(md))) {
    return Error(ErrorCode::kUsage, "signature: the digest is of another hash than the algorithm's");
  }
  if (ecdsa_ != nullptr) return Accepted(internal::VerifyEcdsa(*ecdsa_, digest, signature));
  const Bytes encoded = TRY(ForOpenSsl(algorithm_, signature));
  const internal::OwnedPkeyContext context(EVP_PKEY_CTX_new_from_pkey(nullptr, key_.get(), nullptr));
  CHECK(context != nullptr && EVP_PKEY_verify_init(context.get()) == 1);
  CHECK(EVP_PKEY_CTX_set_signature_md(context.get(), md) == 1 && internal::SetPadding(context.get(), algorithm_));
  return Accepted(EVP_PKEY_verify(context.get(), encoded.data(), encoded.size(), digest.data(), digest.size()) == 1);
}

}  // namespace cloister::crypto

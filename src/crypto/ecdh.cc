#include "crypto/ecdh.h"

#include <openssl/core_names.h>

#include <algorithm>

#include "crypto/internal/openssl.h"

namespace cloister::crypto {
namespace {

using internal::ErrorScope;
using internal::OwnedPkey;
using internal::OwnedPkeyContext;
using internal::SharedPkey;

constexpr const char* kGroups[] = {"prime256v1", "secp384r1", "secp521r1"};

const char* GroupOf(EcCurve curve) { return kGroups[static_cast<std::size_t>(curve)]; }

Result<SecretBytes> Derive(EVP_PKEY* own, EVP_PKEY* other, std::size_t size) {
  const OwnedPkeyContext context(EVP_PKEY_CTX_new_from_pkey(nullptr, own, nullptr));
  CHECK(context != nullptr && EVP_PKEY_derive_init(context.get()) == 1);
  if (EVP_PKEY_derive_set_peer(context.get(), other) != 1) {
    return Error(ErrorCode::kUntrusted, "key agreement: the other side's key is not usable");
  }
  SecretBytes secret(size);
  // For X25519, OpenSSL refuses a result of zero (RFC 7748 §6.1).
  if (EVP_PKEY_derive(context.get(), secret.ExposeSecretForWriting().data(), &size) != 1 || size != secret.size()) {
    return Error(ErrorCode::kUntrusted, "key agreement: the other side's key is of low order");
  }
  return secret;
}

OwnedPkey X25519Private(const SecretBytes& bytes) {
  OwnedPkey key(EVP_PKEY_new_raw_private_key_ex(nullptr, "X25519", nullptr, bytes.ExposeSecret().data(), 32));
  CHECK(key != nullptr);
  return key;
}

}  // namespace

Result<X25519PublicKey> X25519PublicKey::FromBytes(ByteSpan bytes) {
  return X25519PublicKey(TRY_WITH("X25519 public key", ToArray<32>(bytes)));
}

X25519PrivateKey X25519PrivateKey::Generate(RandomSource& random) { return X25519PrivateKey(RandomSecret(random, 32)); }

Result<X25519PrivateKey> X25519PrivateKey::FromBytes(SecretBytes bytes) {
  if (bytes.size() != 32) {
    return Error(ErrorCode::kMalformed, "X25519 private key: expected 32 bytes, got " + std::to_string(bytes.size()));
  }
  return X25519PrivateKey(std::move(bytes));
}

X25519PublicKey X25519PrivateKey::Public() const {
  const ErrorScope errors;
  const OwnedPkey key = X25519Private(bytes_);
  std::array<std::uint8_t, 32> bytes;
  std::size_t size = bytes.size();
  CHECK(EVP_PKEY_get_raw_public_key(key.get(), bytes.data(), &size) == 1 && size == bytes.size());
  return X25519PublicKey(bytes);
}

Result<SecretBytes> X25519PrivateKey::SharedSecret(const X25519PublicKey& other) const {
  const ErrorScope errors;
  const OwnedPkey own = X25519Private(bytes_);
  const OwnedPkey theirs(EVP_PKEY_new_raw_public_key_ex(nullptr, "X25519", nullptr, other.bytes().data(), 32));
  CHECK(theirs != nullptr);
  return Derive(own.get(), theirs.get(), 32);
}

std::size_t EcCoordinateSize(EcCurve curve) {
  constexpr std::size_t kSizes[] = {32, 48, 66};
  return kSizes[static_cast<std::size_t>(curve)];
}

Result<EcdhPublicKey> EcdhPublicKey::FromCoordinates(EcCurve curve, ByteSpan x, ByteSpan y) {
  const std::size_t size = EcCoordinateSize(curve);
  if (x.size() != size || y.size() != size) {
    return Error(ErrorCode::kMalformed, "EC key: expected coordinates of " + std::to_string(size) + " bytes, got " +
                                            std::to_string(x.size()) + " and " + std::to_string(y.size()));
  }
  TRY(internal::EcPublicKey(GroupOf(curve), x, y));
  return EcdhPublicKey(curve, ToBytes(x), ToBytes(y));
}

EcdhPrivateKey EcdhPrivateKey::Generate(EcCurve curve) {
  const ErrorScope errors;
  OwnedPkey key(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", GroupOf(curve)));
  CHECK(key != nullptr);
  return EcdhPrivateKey(curve, internal::Share(std::move(key)));
}

Result<EcdhPrivateKey> EcdhPrivateKey::FromScalar(EcCurve curve, const SecretBytes& scalar) {
  if (scalar.size() != EcCoordinateSize(curve)) {
    return Error(ErrorCode::kMalformed, "EC private key: expected " + std::to_string(EcCoordinateSize(curve)) +
                                            " bytes, got " + std::to_string(scalar.size()));
  }
  return EcdhPrivateKey(curve, TRY(internal::EcPrivateKey(GroupOf(curve), scalar.ExposeSecret())));
}

Result<EcdhPrivateKey> EcdhPrivateKey::FromPem(ByteSpan pem) {
  SharedPkey key = TRY(internal::PrivateKeyFromPem(pem, nullptr));
  for (const EcCurve curve : {EcCurve::kP256, EcCurve::kP384, EcCurve::kP521}) {
    if (internal::KeyGroup(key.get()) == GroupOf(curve)) return EcdhPrivateKey(curve, std::move(key));
  }
  return Error(ErrorCode::kUnsupported, "private key: expected one of P-256, P-384 or P-521");
}

EcdhPublicKey EcdhPrivateKey::Public() const {
  const std::size_t size = EcCoordinateSize(curve_);
  return EcdhPublicKey(curve_, internal::KeyNumber(key_.get(), OSSL_PKEY_PARAM_EC_PUB_X, size),
                       internal::KeyNumber(key_.get(), OSSL_PKEY_PARAM_EC_PUB_Y, size));
}

SecretBytes EcdhPrivateKey::ToPem() const { return internal::PrivateKeyToPem(key_.get()); }

Result<SecretBytes> EcdhPrivateKey::SharedSecret(const EcdhPublicKey& other) const {
  const ErrorScope errors;
  if (other.curve() != curve_) return Error(ErrorCode::kUsage, "key agreement: the keys are of two curves");
  const SharedPkey theirs = TRY(internal::EcPublicKey(GroupOf(curve_), other.x(), other.y()));
  return Derive(key_.get(), theirs.get(), EcCoordinateSize(curve_));
}

}  // namespace cloister::crypto

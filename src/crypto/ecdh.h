// Keys to agree on a secret with, or to send one to: X25519 (RFC 7748), NIST curves, RSA (RFC 8017).
#pragma once

#include <memory>

#include "base/secret_bytes.h"
#include "crypto/random.h"

struct evp_pkey_st;

namespace cloister::crypto {

class X25519PublicKey {
 public:
  static Result<X25519PublicKey> FromBytes(ByteSpan bytes);  // kMalformed: not 32 bytes
  const std::array<std::uint8_t, 32>& bytes() const { return bytes_; }
  bool operator==(const X25519PublicKey&) const = default;

 private:
  explicit X25519PublicKey(const std::array<std::uint8_t, 32>& bytes) : bytes_(bytes) {}
  friend class X25519PrivateKey;
  std::array<std::uint8_t, 32> bytes_;
};

class X25519PrivateKey {
 public:
  static X25519PrivateKey Generate(RandomSource& random);
  static Result<X25519PrivateKey> FromBytes(SecretBytes bytes);  // kMalformed: not 32 bytes

  X25519PublicKey Public() const;
  const SecretBytes& ToBytes() const { return bytes_; }
  // 32 bytes, to be put through a KDF together with both public keys. kUntrusted: the result is zero, so the other side
  // sent a point of low order (RFC 7748 §6.1).
  Result<SecretBytes> SharedSecret(const X25519PublicKey& other) const;

 private:
  explicit X25519PrivateKey(SecretBytes bytes) : bytes_(std::move(bytes)) {}
  SecretBytes bytes_;
};

enum class EcCurve { kP256, kP384, kP521 };
// Bytes in one coordinate: 32, 48, 66.
std::size_t EcCoordinateSize(EcCurve curve);

// A point of a NIST curve (SP 800-56A); checked to lie on it.
class EcdhPublicKey {
 public:
  // Big-endian, each exactly EcCoordinateSize() bytes. kMalformed: another length, not on the curve.
  static Result<EcdhPublicKey> FromCoordinates(EcCurve curve, ByteSpan x, ByteSpan y);
  EcCurve curve() const { return curve_; }
  const Bytes& x() const { return x_; }
  const Bytes& y() const { return y_; }
  bool operator==(const EcdhPublicKey&) const = default;

 private:
  EcdhPublicKey(EcCurve curve, Bytes x, Bytes y) : curve_(curve), x_(std::move(x)), y_(std::move(y)) {}
  friend class EcdhPrivateKey;
  EcCurve curve_;
  Bytes x_;
  Bytes y_;
};

class EcdhPrivateKey {
 public:
  EcdhPrivateKey(EcdhPrivateKey&&) noexcept = default;
  EcdhPrivateKey& operator=(EcdhPrivateKey&&) noexcept = default;

  static EcdhPrivateKey Generate(EcCurve curve);
  // Big-endian, EcCoordinateSize() bytes. kMalformed: another length, zero or not below the order.
  static Result<EcdhPrivateKey> FromScalar(EcCurve curve, const SecretBytes& scalar);
  static Result<EcdhPrivateKey> FromPem(ByteSpan pem);  // PKCS#8 or SEC 1; kMalformed, kUnsupported

  EcCurve curve() const { return curve_; }
  EcdhPublicKey Public() const;
  SecretBytes ToPem() const;
  // Z: the x coordinate with leading zeros kept. kUsage: the keys are of two curves.
  Result<SecretBytes> SharedSecret(const EcdhPublicKey& other) const;

 private:
  EcdhPrivateKey(EcCurve curve, std::shared_ptr<evp_pkey_st> key) : curve_(curve), key_(std::move(key)) {}
  EcCurve curve_;
  std::shared_ptr<evp_pkey_st> key_;
};

// RSAES-OAEP with SHA-256 and MGF1-SHA-256 and no label; or RSAES-PKCS1-v1_5, for old peers only.
enum class RsaEncryption { kOaepSha256, kPkcs1V15 };

class RsaPublicKey {
 public:
  // Big-endian without leading zeros. kMalformed; kUnsupported: under 2048 or over 8192 bits.
  static Result<RsaPublicKey> FromComponents(ByteSpan modulus, ByteSpan exponent);
  const Bytes& modulus() const { return modulus_; }
  const Bytes& exponent() const { return exponent_; }
  // kUsage: more than the padding leaves room for.
  Result<Bytes> Encrypt(RsaEncryption padding, const SecretBytes& plaintext) const;
  bool operator==(const RsaPublicKey& other) const {
    return modulus_ == other.modulus_ && exponent_ == other.exponent_;
  }

 private:
  RsaPublicKey(Bytes modulus, Bytes exponent, std::shared_ptr<evp_pkey_st> key);
  friend class RsaPrivateKey;
  Bytes modulus_;
  Bytes exponent_;
  std::shared_ptr<evp_pkey_st> key_;
};

class RsaPrivateKey {
 public:
  RsaPrivateKey(RsaPrivateKey&&) noexcept = default;
  RsaPrivateKey& operator=(RsaPrivateKey&&) noexcept = default;

  static Result<RsaPrivateKey> Generate(unsigned bits);  // kUsage: under 2048 or over 8192
  static Result<RsaPrivateKey> FromPem(ByteSpan pem);
  RsaPublicKey Public() const;
  SecretBytes ToPem() const;
  // Decrypts a key of exactly `size` bytes. OAEP: kUntrusted if it was not encrypted to us. PKCS#1 v1.5: a bad padding
  // or another length gives `size` random bytes instead of a failure (RFC 7516 §11.5), so that no answer tells an
  // attacker about the padding; the AEAD that the key is for then refuses.
  Result<SecretBytes> DecryptKey(RsaEncryption padding, ByteSpan ciphertext, std::size_t size) const;

 private:
  explicit RsaPrivateKey(std::shared_ptr<evp_pkey_st> key) : key_(std::move(key)) {}
  std::shared_ptr<evp_pkey_st> key_;
};

}  // namespace cloister::crypto

// Signatures. A key is bound to one algorithm when it is made; a message never chooses it.
#pragma once

#include <memory>
#include <optional>

#include "base/secret_bytes.h"

struct evp_pkey_st;

namespace cloister::crypto {

namespace internal {
struct KeyAccess;  // how the .cc files of this module reach the OpenSSL key
struct EcdsaKey;
}

// The names of RFC 7518 §3.1 and RFC 8037. kEs512 is P-521 with SHA-512, kEdDsa is Ed25519.
// The last two are for checking messages of others only: COSE lets ES512 run on P-256 (RFC 9053 §2.1), and Ed448.
enum class SignatureAlgorithm { kEs256, kEs384, kEs512, kEdDsa, kPs256, kPs384, kPs512, kRs256, kEs512OnP256, kEd448 };

// "ES256" and so on: the JOSE name.
std::string_view SignatureAlgorithmName(SignatureAlgorithm algorithm);
bool IsEcdsa(SignatureAlgorithm algorithm);
bool IsRsa(SignatureAlgorithm algorithm);
// Bytes in one coordinate of the curve: 32, 48, 66; a bug for an algorithm that is not ECDSA.
std::size_t EcCoordinateSize(SignatureAlgorithm algorithm);

// A public key and what it is used for. Copies share one immutable key; all functions may be called from many threads.
class VerifyingKey {
 public:
  // SubjectPublicKeyInfo (RFC 5280 §4.1.2.7). Errors of all makers: kMalformed (not that format, point not on the
  // curve), kUnsupported (another kind of key than `algorithm` takes, RSA under 2048 or over 8192 bits).
  static Result<VerifyingKey> FromSpkiDer(SignatureAlgorithm algorithm, ByteSpan der);
  static Result<VerifyingKey> FromSpkiPem(SignatureAlgorithm algorithm, std::string_view pem);
  // The algorithm that goes with the curve: ES256, ES384, ES512 or EdDSA. kUnsupported for RSA, which has several.
  static Result<VerifyingKey> FromSpkiDer(ByteSpan der);
  static Result<VerifyingKey> FromSpkiPem(std::string_view pem);
  // Affine coordinates, big-endian, each exactly EcCoordinateSize() bytes.
  static Result<VerifyingKey> FromEcPoint(SignatureAlgorithm algorithm, ByteSpan x, ByteSpan y);
  static Result<VerifyingKey> FromEd25519(ByteSpan key);  // 32 bytes
  static Result<VerifyingKey> FromEd448(ByteSpan key);    // 57 bytes
  // Modulus and exponent, big-endian without leading zeros.
  static Result<VerifyingKey> FromRsa(SignatureAlgorithm algorithm, ByteSpan modulus, ByteSpan exponent);

  SignatureAlgorithm algorithm() const { return algorithm_; }
  Bytes SpkiDer() const;
  std::string SpkiPem() const;
  // Affine coordinates with leading zeros kept; a bug for a key of another kind, as with the next ones.
  Bytes EcX() const;
  Bytes EcY() const;
  Bytes Ed25519Bytes() const;
  Bytes RsaModulus() const;
  Bytes RsaExponent() const;
  // Whether both hold the same key for the same algorithm.
  bool operator==(const VerifyingKey& other) const;

  // Success proves that the owner of the private key signed exactly `message`. ECDSA signatures are r || s (RFC 7518
  // §3.4); PSS salts are as long as the digest. kUntrusted: anything else, including wrong lengths, r or s out of
  // range.
  Result<void> Verify(ByteSpan message, ByteSpan signature) const;
  // The same for a message of which only the digest (of the algorithm's hash) is at hand; not for EdDSA (kUsage).
  Result<void> VerifyDigest(ByteSpan digest, ByteSpan signature) const;

 private:
  friend struct internal::KeyAccess;
  VerifyingKey(SignatureAlgorithm algorithm, std::shared_ptr<evp_pkey_st> key);
  SignatureAlgorithm algorithm_;
  std::shared_ptr<evp_pkey_st> key_;
  std::shared_ptr<const internal::EcdsaKey> ecdsa_;  // the same key for P-256 and P-384, else null
};

// A private key and what it is used for. Moves, never copies. Const functions may be called from many threads.
class SigningKey {
 public:
  SigningKey(SigningKey&&) noexcept = default;
  SigningKey& operator=(SigningKey&&) noexcept = default;

  // A fresh key from the operating system's randomness; RSA keys get 3072 bits.
  static SigningKey Generate(SignatureAlgorithm algorithm);
  static Result<SigningKey> GenerateRsa(SignatureAlgorithm algorithm, unsigned bits);  // 2048 to 8192, else kUsage

  // PKCS#8, SEC 1 or PKCS#1, not encrypted, with the algorithm that goes with its curve. kMalformed; kUnsupported for
  // other kinds and for RSA, whose algorithm has to be said.
  static Result<SigningKey> FromPem(ByteSpan pem);
  static Result<SigningKey> FromRsaPem(SignatureAlgorithm algorithm, ByteSpan pem);
  // Encrypted PKCS#8. kUntrusted: wrong passphrase.
  static Result<SigningKey> FromEncryptedPem(ByteSpan pem, ByteSpan passphrase);
  // The 32-byte seed (RFC 8032 §5.1.5), or the private scalar, big-endian, EcCoordinateSize() bytes.
  static Result<SigningKey> FromEd25519Seed(const SecretBytes& seed);
  static Result<SigningKey> FromEcScalar(SignatureAlgorithm algorithm, const SecretBytes& scalar);

  SignatureAlgorithm algorithm() const { return algorithm_; }
  VerifyingKey Public() const;
  // Signs `message` in the form that VerifyingKey::Verify takes.
  Bytes Sign(ByteSpan message) const;

  // PKCS#8 PEM; the second encrypted with AES-256-CBC under PBKDF2-HMAC-SHA-256 with 600000 rounds.
  SecretBytes ToPem() const;
  SecretBytes ToEncryptedPem(ByteSpan passphrase) const;

 private:
  friend struct internal::KeyAccess;
  SigningKey(SignatureAlgorithm algorithm, std::shared_ptr<evp_pkey_st> key);
  SignatureAlgorithm algorithm_;
  std::shared_ptr<evp_pkey_st> key_;
};

// ECDSA signatures between r || s and the DER SEQUENCE of RFC 3279 §2.2.3, which TPMs, X.509 and C2SP notes use.
// kMalformed: not that form, not canonical DER, or r or s too long for the curve.
Result<Bytes> EcdsaSignatureFromDer(SignatureAlgorithm algorithm, ByteSpan der);
Result<Bytes> EcdsaSignatureToDer(SignatureAlgorithm algorithm, ByteSpan raw);

}  // namespace cloister::crypto

#include <openssl/pem.h>
#include <openssl/pkcs12.h>

#include "crypto/internal/algorithms.h"
#include "crypto/internal/openssl.h"
#include "crypto/random.h"
#include "crypto/sign.h"

namespace cloister::crypto {
namespace {

using internal::ErrorScope;
using internal::InfoOf;
using internal::KeyAccess;
using internal::OwnedPkey;
using internal::SharedPkey;

constexpr unsigned kDefaultRsaBits = 3072;
constexpr int kPassphraseRounds = 600000;  // OWASP's figure for PBKDF2-HMAC-SHA-256

Result<SigningKey> WithOwnAlgorithm(SharedPkey key) {
  const SignatureAlgorithm algorithm = TRY(KeyAccess::AlgorithmOf(key.get()));
  return KeyAccess::Signing(algorithm, std::move(key));
}

}  // namespace

SigningKey::SigningKey(SignatureAlgorithm algorithm, SharedPkey key) : algorithm_(algorithm), key_(std::move(key)) {}

SigningKey SigningKey::Generate(SignatureAlgorithm algorithm) {
  const ErrorScope errors;
  if (IsRsa(algorithm)) return *GenerateRsa(algorithm, kDefaultRsaBits);
  const internal::AlgorithmInfo& info = InfoOf(algorithm);
  OwnedPkey key(info.group != nullptr ? EVP_PKEY_Q_keygen(nullptr, nullptr, info.type, info.group)
                                      : EVP_PKEY_Q_keygen(nullptr, nullptr, info.type));
  CHECK(key != nullptr);
  return SigningKey(algorithm, internal::Share(std::move(key)));
}

Result<SigningKey> SigningKey::GenerateRsa(SignatureAlgorithm algorithm, unsigned bits) {
  const ErrorScope errors;
  if (!IsRsa(algorithm) || bits < 2048 || bits > 8192) {
    return Error(ErrorCode::kUsage, "RSA key: expected an RSA algorithm and 2048 to 8192 bits");
  }
  OwnedPkey key(EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", static_cast<std::size_t>(bits)));
  CHECK(key != nullptr);
  return SigningKey(algorithm, internal::Share(std::move(key)));
}

Result<SigningKey> SigningKey::FromPem(ByteSpan pem) {
  return WithOwnAlgorithm(TRY(internal::PrivateKeyFromPem(pem, nullptr)));
}

Result<SigningKey> SigningKey::FromRsaPem(SignatureAlgorithm algorithm, ByteSpan pem) {
  if (!IsRsa(algorithm)) return Error(ErrorCode::kUsage, "RSA key: expected an RSA algorithm");
  return KeyAccess::Signing(algorithm, TRY(internal::PrivateKeyFromPem(pem, nullptr)));
}

Result<SigningKey> SigningKey::FromEncryptedPem(ByteSpan pem, ByteSpan passphrase) {
  return WithOwnAlgorithm(TRY(internal::PrivateKeyFromPem(pem, &passphrase)));
}

Result<SigningKey> SigningKey::FromEd25519Seed(const SecretBytes& seed) {
  const ErrorScope errors;
  if (seed.size() != 32) {
    return Error(ErrorCode::kMalformed, "Ed25519 seed: expected 32 bytes, got " + std::to_string(seed.size()));
  }
  OwnedPkey key(EVP_PKEY_new_raw_private_key_ex(nullptr, "ED25519", nullptr, seed.ExposeSecret().data(), seed.size()));
  CHECK(key != nullptr);
  return SigningKey(SignatureAlgorithm::kEdDsa, internal::Share(std::move(key)));
}

Result<SigningKey> SigningKey::FromEcScalar(SignatureAlgorithm algorithm, const SecretBytes& scalar) {
  if (!IsEcdsa(algorithm)) return Error(ErrorCode::kUnsupported, "EC private key: the algorithm is not ECDSA");
  if (scalar.size() != EcCoordinateSize(algorithm)) {
    return Error(ErrorCode::kMalformed, "EC private key: expected " + std::to_string(EcCoordinateSize(algorithm)) +
                                            " bytes, got " + std::to_string(scalar.size()));
  }
  return SigningKey(algorithm, TRY(internal::EcPrivateKey(InfoOf(algorithm).group, scalar.ExposeSecret())));
}

VerifyingKey SigningKey::Public() const {
  const ErrorScope errors;
  return *VerifyingKey::FromSpkiDer(algorithm_, internal::ToDer(i2d_PUBKEY, static_cast<const EVP_PKEY*>(key_.get())));
}

Bytes SigningKey::Sign(ByteSpan message) const {
  const ErrorScope errors;
  const internal::OwnedDigestContext context(EVP_MD_CTX_new());
  CHECK(context != nullptr && KeyAccess::StartSigning(context.get(), *this));
  std::size_t size = 0;
  CHECK(EVP_DigestSign(context.get(), nullptr, &size, message.data(), message.size()) == 1);
  Bytes signature(size);
  CHECK(EVP_DigestSign(context.get(), signature.data(), &size, message.data(), message.size()) == 1);
  signature.resize(size);
  return IsEcdsa(algorithm_) ? *EcdsaSignatureFromDer(algorithm_, signature) : signature;
}

SecretBytes SigningKey::ToPem() const { return internal::PrivateKeyToPem(key_.get()); }

SecretBytes SigningKey::ToEncryptedPem(ByteSpan passphrase) const {
  const ErrorScope errors;
  std::array<std::uint8_t, 16> salt;
  SystemRandom().Fill(salt);
  const internal::Owned<PKCS8_PRIV_KEY_INFO, PKCS8_PRIV_KEY_INFO_free> plain(EVP_PKEY2PKCS8(key_.get()));
  X509_ALGOR* scheme = PKCS5_pbe2_set_iv(EVP_aes_256_cbc(), kPassphraseRounds, salt.data(),
                                         internal::ToInt(salt.size()), nullptr, NID_hmacWithSHA256);
  CHECK(plain != nullptr && scheme != nullptr);
  // On success the sealed key owns `scheme`.
  const internal::Owned<X509_SIG, X509_SIG_free> sealed(PKCS8_set0_pbe(
      reinterpret_cast<const char*>(passphrase.data()), internal::ToInt(passphrase.size()), plain.get(), scheme));
  CHECK(sealed != nullptr);
  const internal::OwnedBio bio(BIO_new(BIO_s_mem()));
  CHECK(bio != nullptr && PEM_write_bio_PKCS8(bio.get(), sealed.get()) == 1);
  return SecretBytes::CopyOf(internal::Written(bio));
}

}  // namespace cloister::crypto

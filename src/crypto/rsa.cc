// The RSA keys of ecdh.h.
#include <openssl/core_names.h>
#include <openssl/rsa.h>

#include "crypto/ecdh.h"
#include "crypto/internal/openssl.h"

namespace cloister::crypto {
namespace {

using internal::ErrorScope;
using internal::OwnedPkeyContext;
using internal::SharedPkey;

bool SetPadding(EVP_PKEY_CTX* context, RsaEncryption padding) {
  if (padding == RsaEncryption::kPkcs1V15) return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1;
  const EVP_MD* sha256 = internal::Md(HashAlgorithm::kSha256);
  return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING) == 1 &&
         EVP_PKEY_CTX_set_rsa_oaep_md(context, sha256) == 1 && EVP_PKEY_CTX_set_rsa_mgf1_md(context, sha256) == 1;
}

}  // namespace

RsaPublicKey::RsaPublicKey(Bytes modulus, Bytes exponent, SharedPkey key)
    : modulus_(std::move(modulus)), exponent_(std::move(exponent)), key_(std::move(key)) {}

Result<RsaPublicKey> RsaPublicKey::FromComponents(ByteSpan modulus, ByteSpan exponent) {
  SharedPkey key = TRY(internal::RsaPublicKeyFrom(modulus, exponent));
  return RsaPublicKey(ToBytes(modulus), ToBytes(exponent), std::move(key));
}

Result<Bytes> RsaPublicKey::Encrypt(RsaEncryption padding, const SecretBytes& plaintext) const {
  const ErrorScope errors;
  // RFC 8017 §7.1.1 (two hashes and 2 bytes) and §7.2.1.
  const std::size_t overhead = padding == RsaEncryption::kOaepSha256 ? 66 : 11;
  if (plaintext.size() + overhead > modulus_.size()) {
    return Error(ErrorCode::kUsage, "RSA: " + std::to_string(plaintext.size()) + " bytes do not fit into the key");
  }
  const OwnedPkeyContext context(EVP_PKEY_CTX_new_from_pkey(nullptr, key_.get(), nullptr));
  CHECK(context != nullptr && EVP_PKEY_encrypt_init(context.get()) == 1 && SetPadding(context.get(), padding));
  Bytes ciphertext(modulus_.size());
  std::size_t size = ciphertext.size();
  const ByteSpan input = plaintext.ExposeSecret();
  if (EVP_PKEY_encrypt(context.get(), ciphertext.data(), &size, input.data(), input.size()) != 1 ||
      size != ciphertext.size()) {
    return Error(ErrorCode::kInternal, "RSA: OpenSSL could not encrypt to this key");
  }
  return ciphertext;
}

Result<RsaPrivateKey> RsaPrivateKey::Generate(unsigned bits) {
  const ErrorScope errors;
  if (bits < 2048 || bits > 8192) return Error(ErrorCode::kUsage, "RSA key: expected 2048 to 8192 bits");
  internal::OwnedPkey key(EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", static_cast<std::size_t>(bits)));
  CHECK(key != nullptr);
  return RsaPrivateKey(internal::Share(std::move(key)));
}

Result<RsaPrivateKey> RsaPrivateKey::FromPem(ByteSpan pem) {
  SharedPkey key = TRY(internal::PrivateKeyFromPem(pem, nullptr));
  if (!EVP_PKEY_is_a(key.get(), "RSA")) return Error(ErrorCode::kUnsupported, "private key: expected RSA");
  TRY(internal::CheckRsaSize(key.get()));
  return RsaPrivateKey(std::move(key));
}

RsaPublicKey RsaPrivateKey::Public() const {
  return *RsaPublicKey::FromComponents(internal::KeyNumber(key_.get(), OSSL_PKEY_PARAM_RSA_N),
                                       internal::KeyNumber(key_.get(), OSSL_PKEY_PARAM_RSA_E));
}

SecretBytes RsaPrivateKey::ToPem() const { return internal::PrivateKeyToPem(key_.get()); }

Result<SecretBytes> RsaPrivateKey::DecryptKey(RsaEncryption padding, ByteSpan ciphertext, std::size_t size) const {
  const ErrorScope errors;
  const std::size_t modulus_size = static_cast<std::size_t>(EVP_PKEY_get_size(key_.get()));
  if (ciphertext.size() != modulus_size) {
    return Error(ErrorCode::kMalformed,
                 "RSA: expected " + std::to_string(modulus_size) + " bytes, got " + std::to_string(ciphertext.size()));
  }
  // Drawn before, so that both ways do the same work.
  SecretBytes instead = RandomSecret(SystemRandom(), size);
  const OwnedPkeyContext context(EVP_PKEY_CTX_new_from_pkey(nullptr, key_.get(), nullptr));
  CHECK(context != nullptr && EVP_PKEY_decrypt_init(context.get()) == 1 && SetPadding(context.get(), padding));
  SecretBytes key(modulus_size);
  std::size_t got = key.size();
  const bool decrypted = EVP_PKEY_decrypt(context.get(), key.ExposeSecretForWriting().data(), &got, ciphertext.data(),
                                          ciphertext.size()) == 1;
  if (decrypted && got == size) return SecretBytes::CopyOf(key.ExposeSecret().first(got));
  if (padding == RsaEncryption::kPkcs1V15) return instead;
  return Error(ErrorCode::kUntrusted, "RSA-OAEP: not encrypted to this key");
}

}  // namespace cloister::crypto

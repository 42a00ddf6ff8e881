#include "crypto/aead.h"

#include <algorithm>

#include "crypto/internal/openssl.h"

namespace cloister::crypto {
namespace {

using internal::ErrorScope;
using internal::OwnedCipherContext;

constexpr std::size_t kMaximumData = std::size_t{1} << 30;

EVP_CIPHER* Fetched(const char* name) {
  EVP_CIPHER* cipher = EVP_CIPHER_fetch(nullptr, name, nullptr);
  CHECK(cipher != nullptr);
  return cipher;
}

const EVP_CIPHER* Cipher(AeadAlgorithm algorithm) {
  static const EVP_CIPHER* const gcm = Fetched("AES-256-GCM");
  static const EVP_CIPHER* const chacha = Fetched("ChaCha20-Poly1305");
  return algorithm == AeadAlgorithm::kAes256Gcm ? gcm : chacha;
}

enum class Direction { kOpen = 0, kSeal = 1 };

OwnedCipherContext NewContext(AeadAlgorithm algorithm, const SecretBytes& key) {
  OwnedCipherContext context(EVP_CIPHER_CTX_new());
  CHECK(context != nullptr);
  CHECK(EVP_CipherInit_ex2(context.get(), Cipher(algorithm), key.ExposeSecret().data(), nullptr, 1, nullptr) == 1);
  return context;
}

Result<void> CheckSizes(ByteSpan nonce, ByteSpan associated, ByteSpan input) {
  if (nonce.size() != kAeadNonceSize) {
    return Error(ErrorCode::kUsage, "AEAD: expected a nonce of 12 bytes, got " + std::to_string(nonce.size()));
  }
  if (associated.size() >= kMaximumData || input.size() >= kMaximumData) {
    return Error(ErrorCode::kLimit, "AEAD: 1 GiB or more at once");
  }
  return {};
}

// The key schedule stays in `context`; only the nonce is set. `out` has room for the input.
bool Start(EVP_CIPHER_CTX* context, Direction direction, ByteSpan nonce, ByteSpan associated) {
  int size = 0;
  return EVP_CipherInit_ex2(context, nullptr, nullptr, nonce.data(), static_cast<int>(direction), nullptr) == 1 &&
         (associated.empty() ||
          EVP_CipherUpdate(context, nullptr, &size, associated.data(), internal::ToInt(associated.size())) == 1);
}

Result<void> SealWith(EVP_CIPHER_CTX* context, ByteSpan nonce, ByteSpan associated, ByteSpan plaintext,
                      MutableByteSpan out) {
  const ErrorScope errors;
  TRY(CheckSizes(nonce, associated, plaintext));
  if (out.size() != plaintext.size() + kAeadTagSize) return Error(ErrorCode::kUsage, "AEAD: wrong room for output");
  int size = 0;
  CHECK(Start(context, Direction::kSeal, nonce, associated));
  if (!plaintext.empty()) {
    CHECK(EVP_CipherUpdate(context, out.data(), &size, plaintext.data(), internal::ToInt(plaintext.size())) == 1);
  }
  std::uint8_t* tag = out.data() + plaintext.size();
  CHECK(EVP_CipherFinal_ex(context, tag, &size) == 1 && size == 0);
  CHECK(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, static_cast<int>(kAeadTagSize), tag) == 1);
  return {};
}

Result<void> OpenWith(EVP_CIPHER_CTX* context, ByteSpan nonce, ByteSpan associated, ByteSpan sealed,
                      MutableByteSpan out) {
  const ErrorScope errors;
  TRY(CheckSizes(nonce, associated, sealed));
  if (sealed.size() < kAeadTagSize) {
    return Error(ErrorCode::kMalformed, "AEAD: expected 16 bytes of tag or more, got " + std::to_string(sealed.size()));
  }
  const ByteSpan ciphertext = sealed.first(sealed.size() - kAeadTagSize);
  if (out.size() != ciphertext.size()) return Error(ErrorCode::kUsage, "AEAD: wrong room for output");
  std::array<std::uint8_t, kAeadTagSize> tag;
  std::copy(sealed.end() - kAeadTagSize, sealed.end(), tag.begin());
  int size = 0;
  std::uint8_t none = 0;
  CHECK(Start(context, Direction::kOpen, nonce, associated));
  CHECK(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, static_cast<int>(tag.size()), tag.data()) == 1);
  bool opened = ciphertext.empty() || EVP_CipherUpdate(context, out.data(), &size, ciphertext.data(),
                                                       internal::ToInt(ciphertext.size())) == 1;
  opened = opened && EVP_CipherFinal_ex(context, &none, &size) == 1;
  if (!opened) {
    Wipe(out);
    return Error(ErrorCode::kUntrusted, "AEAD: the tag does not fit");
  }
  return {};
}

Result<OwnedCipherContext> WrapContext(const SecretBytes& wrapping_key, bool wrap) {
  static EVP_CIPHER* const cipher = Fetched("AES-256-WRAP");
  if (wrapping_key.size() != kAeadKeySize) return Error(ErrorCode::kUsage, "AES key wrap: expected a key of 32 bytes");
  OwnedCipherContext context(EVP_CIPHER_CTX_new());
  CHECK(context != nullptr);
  EVP_CIPHER_CTX_set_flags(context.get(), EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
  // No IV: the default one of RFC 3394 §2.2.3.1.
  CHECK(EVP_CipherInit_ex2(context.get(), cipher, wrapping_key.ExposeSecret().data(), nullptr, wrap ? 1 : 0, nullptr) ==
        1);
  return context;
}

bool IsWrappable(std::size_t size) { return size % 8 == 0 && size >= 16 && size <= 4096; }

}  // namespace

void AeadKey::Free::operator()(evp_cipher_ctx_st* context) const { EVP_CIPHER_CTX_free(context); }
AeadKey::AeadKey(AeadAlgorithm algorithm, SecretBytes key) : algorithm_(algorithm), key_(std::move(key)) {}
AeadKey::~AeadKey() = default;
AeadKey::AeadKey(AeadKey&&) noexcept = default;
AeadKey& AeadKey::operator=(AeadKey&&) noexcept = default;

Result<AeadKey> AeadKey::Create(AeadAlgorithm algorithm, SecretBytes key) {
  if (key.size() != kAeadKeySize) {
    return Error(ErrorCode::kUsage, "AEAD: expected a key of 32 bytes, got " + std::to_string(key.size()));
  }
  return AeadKey(algorithm, std::move(key));
}

evp_cipher_ctx_st* AeadKey::OwnContext() {
  if (context_ == nullptr) context_.reset(NewContext(algorithm_, key_).release());
  return context_.get();
}

Result<Bytes> AeadKey::Seal(ByteSpan nonce, ByteSpan associated, ByteSpan plaintext) const {
  TRY(CheckSizes(nonce, associated, plaintext));
  Bytes sealed(plaintext.size() + kAeadTagSize);
  TRY(SealWith(NewContext(algorithm_, key_).get(), nonce, associated, plaintext, sealed));
  return sealed;
}

Result<SecretBytes> AeadKey::Open(ByteSpan nonce, ByteSpan associated, ByteSpan sealed) const {
  TRY(CheckSizes(nonce, associated, sealed));
  SecretBytes plaintext(sealed.size() - std::min(sealed.size(), kAeadTagSize));
  TRY(OpenWith(NewContext(algorithm_, key_).get(), nonce, associated, sealed, plaintext.ExposeSecretForWriting()));
  return plaintext;
}

Result<void> AeadKey::SealInto(ByteSpan nonce, ByteSpan associated, ByteSpan plaintext, MutableByteSpan out) {
  return SealWith(OwnContext(), nonce, associated, plaintext, out);
}

Result<void> AeadKey::OpenInto(ByteSpan nonce, ByteSpan associated, ByteSpan sealed, MutableByteSpan out) {
  Result<void> opened = OpenWith(OwnContext(), nonce, associated, sealed, out);
  if (!opened) Wipe(out);
  return opened;
}

Result<Bytes> WrapKeyAes256(const SecretBytes& wrapping_key, const SecretBytes& key) {
  const ErrorScope errors;
  if (!IsWrappable(key.size())) {
    return Error(ErrorCode::kUsage, "AES key wrap: expected a multiple of 8 bytes, 16 to 4096");
  }
  const OwnedCipherContext context = TRY(WrapContext(wrapping_key, true));
  Bytes wrapped(key.size() + 8);
  int size = 0;
  CHECK(EVP_CipherUpdate(context.get(), wrapped.data(), &size, key.ExposeSecret().data(),
                         internal::ToInt(key.size())) == 1);
  CHECK(static_cast<std::size_t>(size) == wrapped.size());
  return wrapped;
}

Result<SecretBytes> UnwrapKeyAes256(const SecretBytes& wrapping_key, ByteSpan wrapped) {
  const ErrorScope errors;
  if (wrapped.size() < 8 || !IsWrappable(wrapped.size() - 8)) {
    return Error(ErrorCode::kMalformed,
                 "AES key wrap: " + std::to_string(wrapped.size()) + " bytes are no wrapped key");
  }
  const OwnedCipherContext context = TRY(WrapContext(wrapping_key, false));
  SecretBytes key(wrapped.size());  // OpenSSL uses the last 8 bytes on its way
  int size = 0;
  if (EVP_CipherUpdate(context.get(), key.ExposeSecretForWriting().data(), &size, wrapped.data(),
                       internal::ToInt(wrapped.size())) != 1 ||
      static_cast<std::size_t>(size) + 8 != wrapped.size()) {
    return Error(ErrorCode::kUntrusted, "AES key wrap: the integrity check failed");
  }
  return SecretBytes::CopyOf(key.ExposeSecret().first(static_cast<std::size_t>(size)));
}

}  // namespace cloister::crypto

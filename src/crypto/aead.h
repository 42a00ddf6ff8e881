// Authenticated encryption with associated data (RFC 5116), and AES key wrap (RFC 3394).
#pragma once

#include <memory>

#include "base/secret_bytes.h"

struct evp_cipher_ctx_st;

namespace cloister::crypto {

enum class AeadAlgorithm { kAes256Gcm, kChaCha20Poly1305 };

// For both algorithms, in bytes.
inline constexpr std::size_t kAeadKeySize = 32;
inline constexpr std::size_t kAeadNonceSize = 12;
inline constexpr std::size_t kAeadTagSize = 16;

// A key bound to its algorithm. Sealed bytes are ciphertext, then the 16-byte tag.
//
// The caller never uses a nonce twice with one key: a repeated nonce gives both plaintexts away, and the means to
// forge. The const functions may be called from many threads. The *Into functions reuse one context (key schedule
// included) and reach raw OpenSSL speed; they belong to one thread.
class AeadKey {
 public:
  // kUsage: `key` is not 32 bytes.
  static Result<AeadKey> Create(AeadAlgorithm algorithm, SecretBytes key);
  ~AeadKey();
  AeadKey(AeadKey&&) noexcept;
  AeadKey& operator=(AeadKey&&) noexcept;

  AeadAlgorithm algorithm() const { return algorithm_; }

  // kUsage: the nonce is not 12 bytes. kLimit: 1 GiB of data or more in one call.
  Result<Bytes> Seal(ByteSpan nonce, ByteSpan associated, ByteSpan plaintext) const;
  // kMalformed: shorter than a tag. kUntrusted: the tag does not fit key, nonce, associated data and ciphertext.
  Result<SecretBytes> Open(ByteSpan nonce, ByteSpan associated, ByteSpan sealed) const;

  // As above, into memory of the caller: `out` is exactly plaintext.size() + 16 bytes, or sealed.size() - 16 bytes
  // (kUsage otherwise). Input and output may be the same memory from the same start, and must not overlap otherwise.
  // On a failed Open `out` is zeros.
  Result<void> SealInto(ByteSpan nonce, ByteSpan associated, ByteSpan plaintext, MutableByteSpan out);
  Result<void> OpenInto(ByteSpan nonce, ByteSpan associated, ByteSpan sealed, MutableByteSpan out);

 private:
  struct Free {
    void operator()(evp_cipher_ctx_st* context) const;
  };
  using Context = std::unique_ptr<evp_cipher_ctx_st, Free>;
  AeadKey(AeadAlgorithm algorithm, SecretBytes key);
  evp_cipher_ctx_st* OwnContext();
  AeadAlgorithm algorithm_;
  SecretBytes key_;
  Context context_;  // for the *Into functions, made at first use
};

// AES-256 key wrap (RFC 3394, "A256KW"). `key` is a multiple of 8 bytes, 16 to 4096 (kUsage otherwise); 8 bytes longer
// when wrapped. `wrapping_key` is 32 bytes (kUsage).
Result<Bytes> WrapKeyAes256(const SecretBytes& wrapping_key, const SecretBytes& key);
// kMalformed: a length that no wrapping gives. kUntrusted: the integrity check failed.
Result<SecretBytes> UnwrapKeyAes256(const SecretBytes& wrapping_key, ByteSpan wrapped);

}  // namespace cloister::crypto

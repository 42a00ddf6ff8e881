// Message authentication, key derivation, and comparing secrets.
#pragma once

#include "base/secret_bytes.h"
#include "crypto/hash.h"

namespace cloister::crypto {

// Whether both are equal, in time that depends on their lengths only.
bool ConstantTimeEqual(ByteSpan a, ByteSpan b);

// HMAC-SHA-256 (RFC 2104). A MAC that came from outside is compared with ConstantTimeEqual.
Sha256Digest HmacSha256(ByteSpan key, ByteSpan data);
Bytes Hmac(HashAlgorithm algorithm, ByteSpan key, ByteSpan data);

// HKDF with SHA-256 (RFC 5869): extract, then expand to `length` bytes (at most 255 * 32). An empty `salt` means 32
// zero bytes, as the RFC says. `info` says what the key is for.
SecretBytes HkdfSha256(ByteSpan input_key, ByteSpan salt, ByteSpan info, std::size_t length);
SecretBytes HkdfSha256Extract(ByteSpan input_key, ByteSpan salt);
SecretBytes HkdfSha256Expand(ByteSpan pseudo_random_key, ByteSpan info, std::size_t length);

// The Concat KDF of JOSE (RFC 7518 §4.6.2; NIST SP 800-56A §5.8.1) with SHA-256, to `length` bytes. The lengths in
// front of the three names are added here.
struct ConcatKdfInfo {
  std::string_view algorithm_id;
  ByteSpan party_u;
  ByteSpan party_v;
};
SecretBytes ConcatKdfSha256(ByteSpan shared_secret, const ConcatKdfInfo& info, std::size_t length);

// scrypt (RFC 7914) with N = 2^log2_n. kLimit: needs more than 1 GiB (128 * N * r bytes), or log2_n is 0 or over 30.
struct ScryptCost {
  unsigned log2_n;
  unsigned r;
  unsigned p;
};
Result<SecretBytes> Scrypt(ByteSpan passphrase, ByteSpan salt, const ScryptCost& cost, std::size_t length);

}  // namespace cloister::crypto

// Digests (FIPS 180-4).
#pragma once

#include <initializer_list>

#include "base/bytes.h"

namespace cloister::crypto {

enum class HashAlgorithm { kSha256, kSha384, kSha512 };

using Sha256Digest = std::array<std::uint8_t, 32>;
using Sha384Digest = std::array<std::uint8_t, 48>;
using Sha512Digest = std::array<std::uint8_t, 64>;

// Bytes in a digest: 32, 48 or 64.
std::size_t DigestSize(HashAlgorithm algorithm);

Sha256Digest Sha256(ByteSpan data);
Sha384Digest Sha384(ByteSpan data);
Sha512Digest Sha512(ByteSpan data);
Bytes Hash(HashAlgorithm algorithm, ByteSpan data);

// A digest of any of these algorithms, kept in place: making one allocates nothing. Passed on as a ByteSpan.
class InlineDigest {
 public:
  InlineDigest(HashAlgorithm algorithm, ByteSpan data);
  operator ByteSpan() const { return ByteSpan(bytes_).first(size_); }  // NOLINT: it is its bytes

 private:
  std::array<std::uint8_t, 64> bytes_;
  std::size_t size_;
};

// The digest of all `parts`, one after the other, without copying them together: Sha256Parts({kLeafPrefix, entry}).
// Parts carry no lengths: the caller makes sure that their limits cannot be moved.
Sha256Digest Sha256Parts(std::initializer_list<ByteSpan> parts);

// A digest of what comes in pieces. Keeps its state in place, allocates nothing, and wipes it in the end. Movable; not
// to be shared between threads.
class Hasher {
 public:
  explicit Hasher(HashAlgorithm algorithm);
  ~Hasher();
  Hasher(Hasher&&) noexcept = default;
  Hasher& operator=(Hasher&&) noexcept = default;

  void Update(ByteSpan data);
  // The digest of everything since the start or the last Finish(); the hasher then starts anew.
  Bytes Finish();
  // The same into the first DigestSize() bytes of `out`.
  void FinishInto(MutableByteSpan out);

 private:
  void Start();
  HashAlgorithm algorithm_;
  alignas(std::uint64_t) std::array<std::byte, 216> state_;  // OpenSSL's SHA256_CTX or SHA512_CTX
};

// As Hasher, with SHA-256 and its digest type.
class Sha256Hasher {
 public:
  Sha256Hasher() : hasher_(HashAlgorithm::kSha256) {}
  void Update(ByteSpan data) { hasher_.Update(data); }
  Sha256Digest Finish() {
    Sha256Digest digest;
    hasher_.FinishInto(digest);
    return digest;
  }

 private:
  Hasher hasher_;
};

}  // namespace cloister::crypto

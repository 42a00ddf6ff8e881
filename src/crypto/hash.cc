// Through OpenSSL 3.0's EVP, starting a digest allocates, and takes as long as hashing a block: hence its functions of
// each hash by itself.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "crypto/hash.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>

namespace cloister::crypto {
namespace {

template <std::size_t N>
std::array<std::uint8_t, N> Digest(HashAlgorithm algorithm, std::initializer_list<ByteSpan> parts) {
  Hasher hasher(algorithm);
  for (const ByteSpan part : parts) hasher.Update(part);
  std::array<std::uint8_t, N> digest;
  hasher.FinishInto(digest);
  return digest;
}

template <class Context, std::size_t N>
Context* As(std::array<std::byte, N>& state) {
  static_assert(sizeof(Context) <= N && alignof(Context) <= alignof(std::uint64_t));
  return reinterpret_cast<Context*>(state.data());
}

}  // namespace

std::size_t DigestSize(HashAlgorithm algorithm) {
  switch (algorithm) {
    case HashAlgorithm::kSha256:
      return 32;
    case HashAlgorithm::kSha384:
      return 48;
    case HashAlgorithm::kSha512:
      return 64;
  }
  CHECK(false);
}

Sha256Digest Sha256(ByteSpan data) { return Digest<32>(HashAlgorithm::kSha256, {data}); }
Sha384Digest Sha384(ByteSpan data) { return Digest<48>(HashAlgorithm::kSha384, {data}); }
Sha512Digest Sha512(ByteSpan data) { return Digest<64>(HashAlgorithm::kSha512, {data}); }
Bytes Hash(HashAlgorithm algorithm, ByteSpan data) { return ToBytes(InlineDigest(algorithm, data)); }
Sha256Digest Sha256Parts(std::initializer_list<ByteSpan> parts) { return Digest<32>(HashAlgorithm::kSha256, parts); }

InlineDigest::InlineDigest(HashAlgorithm algorithm, ByteSpan data) : size_(DigestSize(algorithm)) {
  Hasher hasher(algorithm);
  hasher.Update(data);
  hasher.FinishInto(bytes_);
}

Hasher::Hasher(HashAlgorithm algorithm) : algorithm_(algorithm) { Start(); }
Hasher::~Hasher() { OPENSSL_cleanse(state_.data(), state_.size()); }

void Hasher::Start() {
  switch (algorithm_) {
    case HashAlgorithm::kSha256:
      CHECK(SHA256_Init(As<SHA256_CTX>(state_)) == 1);
      return;
    case HashAlgorithm::kSha384:
      CHECK(SHA384_Init(As<SHA512_CTX>(state_)) == 1);
      return;
    case HashAlgorithm::kSha512:
      CHECK(SHA512_Init(As<SHA512_CTX>(state_)) == 1);
      return;
  }
  CHECK(false);
}

void Hasher::Update(ByteSpan data) {
  if (algorithm_ == HashAlgorithm::kSha256) {
    CHECK(SHA256_Update(As<SHA256_CTX>(state_), data.data(), data.size()) == 1);
  } else {
    CHECK(SHA512_Update(As<SHA512_CTX>(state_), data.data(), data.size()) == 1);
  }
}

void Hasher::FinishInto(MutableByteSpan out) {
  CHECK(out.size() >= DigestSize(algorithm_));
  // SHA-384 is SHA-512 that starts elsewhere and writes less; its context knows.
  if (algorithm_ == HashAlgorithm::kSha256) {
    CHECK(SHA256_Final(out.data(), As<SHA256_CTX>(state_)) == 1);
  } else {
    CHECK(SHA512_Final(out.data(), As<SHA512_CTX>(state_)) == 1);
  }
  Start();
}

Bytes Hasher::Finish() {
  Bytes digest(DigestSize(algorithm_));
  FinishInto(digest);
  return digest;
}

}  // namespace cloister::crypto

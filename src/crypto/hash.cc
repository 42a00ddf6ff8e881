#include "crypto/hash.h"

#include "crypto/internal/openssl.h"

namespace cloister::crypto {
namespace {

// Writes the digest to the start of `out` and gives its size. One context a thread: making one costs more than hashing a
// tree node.
std::size_t DigestInto(HashAlgorithm algorithm, std::initializer_list<ByteSpan> parts, MutableByteSpan out) {
  thread_local const internal::OwnedDigestContext context(EVP_MD_CTX_new());
  CHECK(context != nullptr && out.size() >= DigestSize(algorithm));
  CHECK(EVP_DigestInit_ex2(context.get(), internal::Md(algorithm), nullptr) == 1);
  for (const ByteSpan part : parts) CHECK(EVP_DigestUpdate(context.get(), part.data(), part.size()) == 1);
  unsigned size = 0;
  CHECK(EVP_DigestFinal_ex(context.get(), out.data(), &size) == 1);
  return size;
}

template <std::size_t N>
std::array<std::uint8_t, N> Digest(HashAlgorithm algorithm, std::initializer_list<ByteSpan> parts) {
  std::array<std::uint8_t, N> digest;
  CHECK(DigestInto(algorithm, parts, digest) == N);
  return digest;
}

}  // namespace

std::size_t DigestSize(HashAlgorithm algorithm) {
  return static_cast<std::size_t>(EVP_MD_get_size(internal::Md(algorithm)));
}

Sha256Digest Sha256(ByteSpan data) { return Digest<32>(HashAlgorithm::kSha256, {data}); }
Sha384Digest Sha384(ByteSpan data) { return Digest<48>(HashAlgorithm::kSha384, {data}); }
Sha512Digest Sha512(ByteSpan data) { return Digest<64>(HashAlgorithm::kSha512, {data}); }

Bytes Hash(HashAlgorithm algorithm, ByteSpan data) { return ToBytes(InlineDigest(algorithm, data)); }

InlineDigest::InlineDigest(HashAlgorithm algorithm, ByteSpan data) : size_(DigestInto(algorithm, {data}, bytes_)) {}

Sha256Digest Sha256Parts(std::initializer_list<ByteSpan> parts) { return Digest<32>(HashAlgorithm::kSha256, parts); }

void Hasher::Free::operator()(evp_md_ctx_st* context) const { EVP_MD_CTX_free(context); }

Hasher::Hasher(HashAlgorithm algorithm) : algorithm_(algorithm), context_(EVP_MD_CTX_new()) {
  CHECK(context_ != nullptr);
  CHECK(EVP_DigestInit_ex2(context_.get(), internal::Md(algorithm_), nullptr) == 1);
}

Hasher::~Hasher() = default;
Hasher::Hasher(Hasher&&) noexcept = default;
Hasher& Hasher::operator=(Hasher&&) noexcept = default;

void Hasher::Update(ByteSpan data) { CHECK(EVP_DigestUpdate(context_.get(), data.data(), data.size()) == 1); }

Bytes Hasher::Finish() {
  Bytes digest(DigestSize(algorithm_));
  unsigned size = 0;
  CHECK(EVP_DigestFinal_ex(context_.get(), digest.data(), &size) == 1 && size == digest.size());
  CHECK(EVP_DigestInit_ex2(context_.get(), internal::Md(algorithm_), nullptr) == 1);
  return digest;
}

}  // namespace cloister::crypto

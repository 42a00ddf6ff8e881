#include "crypto/register_hash.h"

#include "crypto/hash.h"
#include "crypto/internal/openssl.h"

namespace cloister::crypto {
namespace {

// Those that Hasher has; none for the others.
std::optional<HashAlgorithm> Sha2Of(RegisterHash algorithm) {
  switch (algorithm) {
    case RegisterHash::kSha256:
      return HashAlgorithm::kSha256;
    case RegisterHash::kSha384:
      return HashAlgorithm::kSha384;
    case RegisterHash::kSha512:
      return HashAlgorithm::kSha512;
    case RegisterHash::kSha1:
    case RegisterHash::kSm3:
      return std::nullopt;
  }
  CHECK(false);
}

// SHA-1 or SM3; null where OpenSSL has no such algorithm. Kept for the life of the program.
const EVP_MD* Find(RegisterHash algorithm) {
  static const EVP_MD* const sha1 = EVP_MD_fetch(nullptr, "SHA1", nullptr);
  static const EVP_MD* const sm3 = EVP_MD_fetch(nullptr, "SM3", nullptr);
  return algorithm == RegisterHash::kSha1 ? sha1 : sm3;
}

}  // namespace

std::size_t DigestSize(RegisterHash algorithm) {
  switch (algorithm) {
    case RegisterHash::kSha1:
      return 20;
    case RegisterHash::kSha256:
    case RegisterHash::kSm3:
      return 32;
    case RegisterHash::kSha384:
      return 48;
    case RegisterHash::kSha512:
      return 64;
  }
  CHECK(false);
}

Result<RegisterDigest> HashParts(RegisterHash algorithm, std::span<const ByteSpan> parts) {
  std::array<std::uint8_t, RegisterDigest::kMaximum> digest;
  const ByteSpan result = ByteSpan(digest).first(DigestSize(algorithm));
  if (const auto sha2 = Sha2Of(algorithm)) {
    Hasher hasher(*sha2);
    for (const ByteSpan part : parts) hasher.Update(part);
    hasher.FinishInto(digest);
    return RegisterDigest(result);
  }
  const internal::ErrorScope errors;
  const EVP_MD* const md = Find(algorithm);
  if (md == nullptr) return Error(ErrorCode::kUnsupported, "hash: this OpenSSL was built without it");
  // One context a thread: a log has a hundred small events.
  thread_local const internal::OwnedDigestContext context(EVP_MD_CTX_new());
  CHECK(context != nullptr);
  CHECK(EVP_DigestInit_ex2(context.get(), md, nullptr) == 1);
  for (const ByteSpan part : parts) CHECK(EVP_DigestUpdate(context.get(), part.data(), part.size()) == 1);
  unsigned size = 0;
  CHECK(EVP_DigestFinal_ex(context.get(), digest.data(), &size) == 1 && size == result.size());
  return RegisterDigest(result);
}

}  // namespace cloister::crypto

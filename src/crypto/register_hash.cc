#include "crypto/register_hash.h"

#include "crypto/internal/openssl.h"

namespace cloister::crypto {
namespace {

// Null where OpenSSL has no such algorithm. Kept for the life of the program.
const EVP_MD* Find(RegisterHash algorithm) {
  static const EVP_MD* const sha1 = EVP_MD_fetch(nullptr, "SHA1", nullptr);
  static const EVP_MD* const sm3 = EVP_MD_fetch(nullptr, "SM3", nullptr);
  switch (algorithm) {
    case RegisterHash::kSha1:
      return sha1;
    case RegisterHash::kSha256:
      return internal::Md(HashAlgorithm::kSha256);
    case RegisterHash::kSha384:
      return internal::Md(HashAlgorithm::kSha384);
    case RegisterHash::kSha512:
      return internal::Md(HashAlgorithm::kSha512);
    case RegisterHash::kSm3:
      return sm3;
  }
  CHECK(false);
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

Result<Bytes> HashParts(RegisterHash algorithm, std::initializer_list<ByteSpan> parts) {
  const internal::ErrorScope errors;
  const EVP_MD* const md = Find(algorithm);
  if (md == nullptr) return Error(ErrorCode::kUnsupported, "hash: this OpenSSL was built without it");
  // One context a thread: a log has a hundred small events.
  thread_local const internal::OwnedDigestContext context(EVP_MD_CTX_new());
  CHECK(context != nullptr);
  CHECK(EVP_DigestInit_ex2(context.get(), md, nullptr) == 1);
  for (const ByteSpan part : parts) CHECK(EVP_DigestUpdate(context.get(), part.data(), part.size()) == 1);
  Bytes digest(DigestSize(algorithm));
  unsigned size = 0;
  CHECK(EVP_DigestFinal_ex(context.get(), digest.data(), &size) == 1 && size == digest.size());
  return digest;
}

}  // namespace cloister::crypto

#include "crypto/internal/openssl.h"

#include <climits>

namespace cloister::crypto::internal {
namespace {

const EVP_MD* Fetched(const char* name) {
  EVP_MD* digest = EVP_MD_fetch(nullptr, name, nullptr);
  CHECK(digest != nullptr);
  return digest;  // kept for the life of the program
}

}  // namespace

const EVP_MD* Md(HashAlgorithm algorithm) {
  static const EVP_MD* const sha256 = Fetched("SHA256");
  static const EVP_MD* const sha384 = Fetched("SHA384");
  static const EVP_MD* const sha512 = Fetched("SHA512");
  switch (algorithm) {
    case HashAlgorithm::kSha256:
      return sha256;
    case HashAlgorithm::kSha384:
      return sha384;
    case HashAlgorithm::kSha512:
      return sha512;
  }
  CHECK(false);
}

int ToInt(std::size_t size) {
  CHECK(size <= INT_MAX);
  return static_cast<int>(size);
}

OwnedBio ReadBio(ByteSpan bytes) {
  OwnedBio bio(BIO_new_mem_buf(bytes.empty() ? "" : static_cast<const void*>(bytes.data()), ToInt(bytes.size())));
  CHECK(bio != nullptr);
  return bio;
}

Bytes Written(const OwnedBio& bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return size <= 0 ? Bytes() : Bytes(data, data + size);
}

}  // namespace cloister::crypto::internal

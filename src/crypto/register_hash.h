// Digests of measurement registers (a TPM's PCRs, a TEE's RTMRs), which are whatever the platform chose long ago.
#pragma once

#include <initializer_list>

#include "base/bounded_bytes.h"

namespace cloister::crypto {

// SHA-1 is broken and SM3 is China's: for reading what others measured, never for formats of our own.
enum class RegisterHash { kSha1, kSha256, kSha384, kSha512, kSm3 };

// Bytes in a digest: 20, 32, 48, 64, 32.
std::size_t DigestSize(RegisterHash algorithm);

// As long as the algorithm's digests.
using RegisterDigest = BoundedBytes<64>;

// The digest of all `parts`, one after the other. kUnsupported: the OpenSSL at hand was built without this algorithm
// (SM3, or SHA-1 under a strict system policy).
Result<RegisterDigest> HashParts(RegisterHash algorithm, std::span<const ByteSpan> parts);
inline Result<RegisterDigest> HashParts(RegisterHash algorithm, std::initializer_list<ByteSpan> parts) {
  return HashParts(algorithm, std::span(parts.begin(), parts.size()));
}

}  // namespace cloister::crypto

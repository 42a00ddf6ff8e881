// Opens the chunks of one payload on several threads, and hashes beside that what it read.
#pragma once

#include "base/secret_bytes.h"
#include "crypto/hash.h"
#include "sealed/internal/payload.h"

namespace cloister::sealed {

// Sealed chunks, addressed from the first one on. Called from several threads.
class SealedChunks {
 public:
  virtual ~SealedChunks() = default;
  // The bytes from `offset` on, as many as `buffer` has: either there, or in memory that nobody else writes to.
  virtual Result<ByteSpan> Get(std::uint64_t offset, MutableByteSpan buffer) const = 0;
};

// The plaintext of `sealed_size` bytes of chunks. Each byte is taken from `chunks` once; where `hasher` is given, exactly the
// bytes that are opened go into it, in order. Memory: the plaintext and 6 MiB. kMalformed, kUntrusted, what Get gives.
Result<SecretBytes> OpenChunks(const FileKey& file_key, ByteSpan nonce, std::uint64_t sealed_size,
                               const SealedChunks& chunks, crypto::Sha256Hasher* hasher);

}  // namespace cloister::sealed

// The payload of an age v1 file (C2SP age.md, "Payload"): STREAM over ChaCha20-Poly1305 in chunks of 64 KiB.
#pragma once

#include "crypto/aead.h"
#include "sealed/age_header.h"

namespace cloister::sealed {

inline constexpr std::size_t kPayloadNonceSize = 16;
inline constexpr std::size_t kChunkSize = std::size_t{64} << 10;
inline constexpr std::size_t kSealedChunkSize = kChunkSize + crypto::kAeadTagSize;

enum class ChunkPlace { kMiddle, kLast };

// Bytes of plaintext in `sealed_size` bytes of chunks. kMalformed: no payload has this size (none at all, a last chunk
// that is cut, or one that is empty after others).
Result<std::uint64_t> PlaintextSize(std::uint64_t sealed_size);

// Seals and opens the chunks of one payload. Not to be shared between threads.
class PayloadKey {
 public:
  // `nonce` is the payload's 16 bytes.
  static Result<PayloadKey> Create(const FileKey& file_key, ByteSpan nonce);

  // `out` is 16 bytes longer than `plaintext`, which is 64 KiB unless the chunk is the last.
  Result<void> Seal(std::uint64_t index, ChunkPlace place, ByteSpan plaintext, MutableByteSpan out);
  // `out` is 16 bytes shorter than `sealed`. kUntrusted: changed, or not this chunk of this payload.
  Result<void> Open(std::uint64_t index, ChunkPlace place, ByteSpan sealed, MutableByteSpan out);

 private:
  explicit PayloadKey(crypto::AeadKey key) : key_(std::move(key)) {}
  crypto::AeadKey key_;
};

}  // namespace cloister::sealed

#include "sealed/internal/payload.h"

#include "crypto/mac.h"

namespace cloister::sealed {
namespace {

// Eleven bytes of counter, big-endian, and one that tells the last chunk.
std::array<std::uint8_t, crypto::kAeadNonceSize> ChunkNonce(std::uint64_t index, ChunkPlace place) {
  std::array<std::uint8_t, crypto::kAeadNonceSize> nonce{};
  for (std::size_t i = 0; i < 8; ++i) nonce[10 - i] = static_cast<std::uint8_t>(index >> (8 * i) & 0xFF);
  nonce[11] = place == ChunkPlace::kLast ? 1 : 0;
  return nonce;
}

}  // namespace

Result<std::uint64_t> PlaintextSize(std::uint64_t sealed_size) {
  const std::uint64_t chunks = sealed_size / kSealedChunkSize + (sealed_size % kSealedChunkSize != 0 ? 1 : 0);
  const std::uint64_t last = chunks == 0 ? 0 : sealed_size - (chunks - 1) * kSealedChunkSize;
  const bool empty_after_others = chunks > 1 && last == crypto::kAeadTagSize;
  if (last < crypto::kAeadTagSize || empty_after_others) {
    return Error(ErrorCode::kMalformed, "age payload: " + std::to_string(sealed_size) + " bytes are not whole chunks");
  }
  return sealed_size - chunks * crypto::kAeadTagSize;
}

Result<PayloadKey> PayloadKey::Create(const FileKey& file_key, ByteSpan nonce) {
  CHECK(nonce.size() == kPayloadNonceSize);
  SecretBytes key =
      crypto::HkdfSha256(file_key.secret().ExposeSecret(), nonce, AsBytes("payload"), crypto::kAeadKeySize);
  return PayloadKey(TRY(crypto::AeadKey::Create(crypto::AeadAlgorithm::kChaCha20Poly1305, std::move(key))));
}

Result<void> PayloadKey::Seal(std::uint64_t index, ChunkPlace place, ByteSpan plaintext, MutableByteSpan out) {
  CHECK(plaintext.size() == kChunkSize || (place == ChunkPlace::kLast && plaintext.size() < kChunkSize));
  return key_.SealInto(ChunkNonce(index, place), {}, plaintext, out);
}

Result<void> PayloadKey::Open(std::uint64_t index, ChunkPlace place, ByteSpan sealed, MutableByteSpan out) {
  TRY_WITH("age payload: chunk " + std::to_string(index), key_.OpenInto(ChunkNonce(index, place), {}, sealed, out));
  return {};
}

}  // namespace cloister::sealed

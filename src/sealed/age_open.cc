#include <algorithm>

#include "sealed/age_file.h"
#include "sealed/internal/file_io.h"
#include "sealed/internal/payload.h"
#include "sealed/internal/side_hasher.h"

namespace cloister::sealed {
namespace {

constexpr std::size_t kBatch = 48 * kSealedChunkSize;  // about 3 MiB: stays in the last-level cache

Error NoNonce() { return Error(ErrorCode::kMalformed, "age file: ends before its 16 bytes of payload nonce"); }

// Opens chunks one after the other, to the end of a plaintext whose size is known before.
class ChunkOpener {
 public:
  static Result<ChunkOpener> Create(const FileKey& file_key, ByteSpan nonce, std::uint64_t sealed_size) {
    const std::uint64_t size = TRY(PlaintextSize(sealed_size));
    return ChunkOpener(TRY(PayloadKey::Create(file_key, nonce)), SecretBytes(size), sealed_size);
  }

  bool done() const { return sealed_left_ == 0; }

  // Opens all chunks that `sealed` has whole, and says how many bytes those were.
  Result<std::size_t> OpenWhole(ByteSpan sealed) {
    std::size_t used = 0;
    while (!done()) {
      const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(kSealedChunkSize, sealed_left_));
      if (sealed.size() - used < size) break;
      const ChunkPlace place = size == sealed_left_ ? ChunkPlace::kLast : ChunkPlace::kMiddle;
      const MutableByteSpan out =
          plaintext_.ExposeSecretForWriting().subspan(index_ * kChunkSize, size - crypto::kAeadTagSize);
      TRY(key_.Open(index_, place, sealed.subspan(used, size), out));
      ++index_;
      used += size;
      sealed_left_ -= size;
    }
    return used;
  }

  SecretBytes Take() && {
    CHECK(done());
    return std::move(plaintext_);
  }

 private:
  ChunkOpener(PayloadKey key, SecretBytes plaintext, std::uint64_t sealed_size)
      : key_(std::move(key)), plaintext_(std::move(plaintext)), sealed_left_(sealed_size) {}
  PayloadKey key_;
  SecretBytes plaintext_;
  std::uint64_t sealed_left_;
  std::uint64_t index_ = 0;
};

// Bytes of a file in our own memory, each read and hashed once, given from the front. Hashing runs beside decrypting:
// one buffer is hashed and decrypted while the other is filled.
class PrivateWindow {
 public:
  PrivateWindow(InputFile file, std::uint64_t size)
      : file_(std::move(file)), unread_(size), buffers_{Bytes(kBatch), Bytes(kBatch)} {}

  ByteSpan content() const { return content_; }

  // Drops `count` bytes at the front, and reads on until the window is full or the file's stated size is reached.
  // What content() gave before stays as it is until the next call.
  Result<void> Advance(std::size_t count) {
    Bytes& next = buffers_[filling_];
    filling_ = 1 - filling_;
    const ByteSpan kept = content_.subspan(count);
    std::copy(kept.begin(), kept.end(), next.begin());
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(next.size() - kept.size(), unread_));
    const MutableByteSpan room = MutableByteSpan(next).subspan(kept.size(), wanted);
    if (TRY(file_.Read(room)) != wanted) {
      return Error(ErrorCode::kMismatch, "sealed file: became shorter while it was read");
    }
    hasher_.Update(room);
    content_ = ByteSpan(next).first(kept.size() + wanted);
    unread_ -= wanted;
    return {};
  }

  // The digest of the file; all of it was read.
  crypto::Sha256Digest Finish() {
    CHECK(unread_ == 0);
    return hasher_.Finish();
  }

 private:
  InputFile file_;
  std::uint64_t unread_;
  std::array<Bytes, 2> buffers_;
  std::size_t filling_ = 0;
  ByteSpan content_;
  SideHasher hasher_;  // last, so that it ends before the buffers do
};

static_assert(kBatch >= AgeHeader::kMaxBytes + kPayloadNonceSize, "the window must hold any header and the nonce");

}  // namespace

Result<SecretBytes> OpenPayload(const FileKey& file_key, ByteSpan payload) {
  if (payload.size() < kPayloadNonceSize) return NoNonce();
  const ByteSpan chunks = payload.subspan(kPayloadNonceSize);
  ChunkOpener opener = TRY(ChunkOpener::Create(file_key, payload.first(kPayloadNonceSize), chunks.size()));
  TRY(opener.OpenWhole(chunks));
  return std::move(opener).Take();
}

Result<SecretBytes> Open(const Identity& identity, ByteSpan file) {
  const AgeHeader header = TRY(AgeHeader::ParseFront(file));
  const FileKey file_key = TRY(header.Unwrap(identity));
  return OpenPayload(file_key, file.subspan(header.encoded().size()));
}

Result<SecretBytes> Open(const FileKey& file_key, ByteSpan file) {
  const AgeHeader header = TRY(AgeHeader::ParseFront(file));
  TRY(header.VerifyMac(file_key));
  return OpenPayload(file_key, file.subspan(header.encoded().size()));
}

Result<SecretBytes> OpenPrivately(const std::filesystem::path& path, const SealedFile& expected,
                                  const FileKey& file_key) {
  InputFile file = TRY(InputFile::Open(path));
  if (file.size() != expected.size) {
    return Error(ErrorCode::kMismatch, "sealed file: expected " + std::to_string(expected.size) + " bytes, got " +
                                           std::to_string(file.size()));
  }
  PrivateWindow window(std::move(file), expected.size);
  TRY(window.Advance(0));
  const AgeHeader header = TRY(AgeHeader::ParseFront(window.content()));
  TRY(header.VerifyMac(file_key));
  const std::size_t front = header.encoded().size() + kPayloadNonceSize;
  if (expected.size < front) return NoNonce();
  const ByteSpan nonce = window.content().subspan(header.encoded().size(), kPayloadNonceSize);
  ChunkOpener opener = TRY(ChunkOpener::Create(file_key, nonce, expected.size - front));
  TRY(window.Advance(front));
  while (!opener.done()) {
    const std::size_t used = TRY(opener.OpenWhole(window.content()));
    TRY(window.Advance(used));
  }
  if (window.Finish() != expected.sha256) {
    return Error(ErrorCode::kMismatch, "sealed file: SHA-256 is not the expected one");
  }
  return std::move(opener).Take();
}

}  // namespace cloister::sealed

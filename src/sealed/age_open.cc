#include "sealed/age_file.h"
#include "sealed/internal/file_io.h"
#include "sealed/internal/payload_opener.h"

namespace cloister::sealed {
namespace {

constexpr std::uint64_t kMaximumFile = std::uint64_t{4} << 30;  // that OpenFile takes

Error NoNonce() { return Error(ErrorCode::kMalformed, "age file: ends before its 16 bytes of payload nonce"); }

class ChunksInMemory final : public SealedChunks {
 public:
  explicit ChunksInMemory(ByteSpan all) : all_(all) {}
  Result<ByteSpan> Get(std::uint64_t offset, MutableByteSpan buffer) const override {
    return all_.subspan(static_cast<std::size_t>(offset), buffer.size());
  }

 private:
  ByteSpan all_;
};

class ChunksInFile final : public SealedChunks {
 public:
  ChunksInFile(const InputFile& file, std::uint64_t first) : file_(file), first_(first) {}
  Result<ByteSpan> Get(std::uint64_t offset, MutableByteSpan buffer) const override {
    if (TRY(file_.ReadAt(first_ + offset, buffer)) != buffer.size()) {
      return Error(ErrorCode::kMismatch, "sealed file: became shorter while it was read");
    }
    return ByteSpan(buffer);
  }

 private:
  const InputFile& file_;
  std::uint64_t first_;
};

// What comes before the chunks, read once.
struct Front {
  AgeHeader header;
  Bytes nonce;
  std::size_t size() const { return header.encoded().size() + nonce.size(); }
};

Result<Front> ReadFront(const InputFile& file) {
  Bytes start(AgeHeader::kMaxBytes + kPayloadNonceSize);
  start.resize(TRY(file.ReadAt(0, start)));
  AgeHeader header = TRY(AgeHeader::ParseFront(start));
  const ByteSpan rest = ByteSpan(start).subspan(header.encoded().size());
  if (rest.size() < kPayloadNonceSize) return NoNonce();
  return Front{std::move(header), ToBytes(rest.first(kPayloadNonceSize))};
}

}  // namespace

Result<SecretBytes> OpenPayload(const FileKey& file_key, ByteSpan payload) {
  if (payload.size() < kPayloadNonceSize) return NoNonce();
  const ByteSpan chunks = payload.subspan(kPayloadNonceSize);
  return OpenChunks(file_key, payload.first(kPayloadNonceSize), chunks.size(), ChunksInMemory(chunks), nullptr);
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

Result<SecretBytes> OpenFile(const Identity& identity, const std::filesystem::path& path) {
  const InputFile file = TRY(InputFile::Open(path));
  if (file.size() > kMaximumFile) {
    return Error(ErrorCode::kLimit, "age file: expected at most 4 GiB, got " + std::to_string(file.size()) + " bytes");
  }
  const Front front = TRY(ReadFront(file));
  const FileKey file_key = TRY(front.header.Unwrap(identity));
  if (file.size() < front.size()) return NoNonce();
  return OpenChunks(file_key, front.nonce, file.size() - front.size(), ChunksInFile(file, front.size()), nullptr);
}

Result<SecretBytes> OpenPrivately(const std::filesystem::path& path, const SealedFile& expected,
                                  const FileKey& file_key) {
  const InputFile file = TRY(InputFile::Open(path));
  if (file.size() != expected.size) {
    return Error(ErrorCode::kMismatch, "sealed file: expected " + std::to_string(expected.size) + " bytes, got " +
                                           std::to_string(file.size()));
  }
  const Front front = TRY(ReadFront(file));
  TRY(front.header.VerifyMac(file_key));
  if (expected.size < front.size()) return NoNonce();
  crypto::Sha256Hasher hasher;
  hasher.Update(front.header.encoded());
  hasher.Update(front.nonce);
  SecretBytes plaintext =
      TRY(OpenChunks(file_key, front.nonce, expected.size - front.size(), ChunksInFile(file, front.size()), &hasher));
  if (hasher.Finish() != expected.sha256) {
    return Error(ErrorCode::kMismatch, "sealed file: SHA-256 is not the expected one");
  }
  return plaintext;
}

}  // namespace cloister::sealed

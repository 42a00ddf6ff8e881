#include <algorithm>

#include "sealed/age_file.h"
#include "sealed/internal/file_io.h"
#include "sealed/internal/payload.h"
#include "sealed/internal/side_hasher.h"

namespace cloister::sealed {
namespace {

constexpr std::size_t kBatchChunks = 16;

// Whether more plaintext follows what is given.
enum class Rest { kMore, kNone };

// Seals a plaintext that comes in pieces, each a multiple of 64 KiB but for the last.
class Sealer {
 public:
  static Result<Sealer> Create(std::span<const Recipient> recipients, crypto::RandomSource& random) {
    const FileKey file_key = FileKey::Generate(random);
    AgeHeader header = TRY(AgeHeader::Create(recipients, file_key, random));
    Bytes nonce = crypto::RandomBytes(random, kPayloadNonceSize);
    PayloadKey key = TRY(PayloadKey::Create(file_key, nonce));
    return Sealer(std::move(header), std::move(nonce), std::move(key));
  }

  const AgeHeader& header() const { return header_; }
  const Bytes& nonce() const { return nonce_; }

  static std::size_t SealedSize(std::size_t size) {
    const std::size_t chunks = std::max<std::size_t>(1, (size + kChunkSize - 1) / kChunkSize);
    return size + chunks * crypto::kAeadTagSize;
  }

  // `out` is SealedSize(piece.size()) bytes.
  Result<void> Seal(ByteSpan piece, Rest rest, MutableByteSpan out) {
    for (bool more = true; more;) {
      const std::size_t size = std::min(piece.size(), kChunkSize);
      more = size < piece.size();
      const ChunkPlace place = more || rest == Rest::kMore ? ChunkPlace::kMiddle : ChunkPlace::kLast;
      const std::size_t sealed_size = size + crypto::kAeadTagSize;
      TRY(key_.Seal(index_++, place, piece.first(size), out.first(sealed_size)));
      piece = piece.subspan(size);
      out = out.subspan(sealed_size);
    }
    return {};
  }

 private:
  Sealer(AgeHeader header, Bytes nonce, PayloadKey key)
      : header_(std::move(header)), nonce_(std::move(nonce)), key_(std::move(key)) {}
  AgeHeader header_;
  Bytes nonce_;
  PayloadKey key_;
  std::uint64_t index_ = 0;
};

// Writes to a file, and hashes and counts what it writes, which must stay as it is until the next call.
class HashedOutput {
 public:
  explicit HashedOutput(OutputFile file) : file_(std::move(file)) {}
  Result<void> Write(ByteSpan bytes) {
    hasher_.Update(bytes);
    size_ += bytes.size();
    return file_.Write(bytes);
  }
  Result<SealedFile> Commit() {
    TRY(file_.Commit());
    return SealedFile{hasher_.Finish(), size_};
  }

 private:
  OutputFile file_;
  SideHasher hasher_;
  std::uint64_t size_ = 0;
};

// Memory for one stream: two batches of plaintext, since a chunk must know whether it is the last, and two sealed ones,
// since the one before is still being hashed.
struct SealBuffers {
  SecretBytes current{kBatchChunks * kChunkSize};
  SecretBytes next{kBatchChunks * kChunkSize};
  Bytes sealed = Bytes(kBatchChunks * kSealedChunkSize);
  Bytes sealed_before = Bytes(kBatchChunks * kSealedChunkSize);
};

Result<void> SealStream(Sealer& sealer, InputFile& source, HashedOutput& out, SealBuffers& buffers) {
  auto& [current, next, sealed, sealed_before] = buffers;
  std::size_t size = TRY(source.Read(current.ExposeSecretForWriting()));
  for (Rest rest = Rest::kMore; rest == Rest::kMore;) {
    const bool full = size == current.size();
    const std::size_t next_size = full ? TRY(source.Read(next.ExposeSecretForWriting())) : 0;
    rest = next_size > 0 ? Rest::kMore : Rest::kNone;
    const MutableByteSpan room = MutableByteSpan(sealed).first(Sealer::SealedSize(size));
    TRY(sealer.Seal(current.ExposeSecret().first(size), rest, room));
    TRY(out.Write(room));
    std::swap(current, next);
    std::swap(sealed, sealed_before);
    size = next_size;
  }
  return {};
}

}  // namespace

Result<Bytes> Seal(std::span<const Recipient> recipients, ByteSpan plaintext, crypto::RandomSource& random) {
  Sealer sealer = TRY(Sealer::Create(recipients, random));
  Bytes out = Concat({sealer.header().encoded(), sealer.nonce()});
  const std::size_t front = out.size();
  out.resize(front + Sealer::SealedSize(plaintext.size()));
  TRY(sealer.Seal(plaintext, Rest::kNone, MutableByteSpan(out).subspan(front)));
  return out;
}

Result<SealingRecord> SealFile(std::span<const Recipient> recipients, const std::filesystem::path& source,
                               const std::filesystem::path& destination, crypto::RandomSource& random) {
  Sealer sealer = TRY(Sealer::Create(recipients, random));
  InputFile input = TRY(InputFile::Open(source));
  SealBuffers buffers;
  HashedOutput out(TRY(OutputFile::Create(destination)));  // after what it hashes, so that it ends before
  TRY(out.Write(sealer.header().encoded()));
  TRY(out.Write(sealer.nonce()));
  TRY(SealStream(sealer, input, out, buffers));
  const SealedFile file = TRY(out.Commit());
  return SealingRecord{ToBytes(sealer.header().encoded()), sealer.header().Digest(), file};
}

Result<SealingRecord> Describe(ByteSpan file) {
  const AgeHeader header = TRY(AgeHeader::ParseFront(file));
  return SealingRecord{ToBytes(header.encoded()), header.Digest(), {crypto::Sha256(file), file.size()}};
}

Result<SealingRecord> DescribeFile(const std::filesystem::path& path) {
  InputFile input = TRY(InputFile::Open(path));
  Bytes buffer(kBatchChunks * kSealedChunkSize);
  std::size_t size = TRY(input.Read(buffer));
  const AgeHeader header = TRY(AgeHeader::ParseFront(ByteSpan(buffer).first(size)));
  crypto::Sha256Hasher hasher;
  std::uint64_t total = 0;
  while (size > 0) {
    hasher.Update(ByteSpan(buffer).first(size));
    total += size;
    size = TRY(input.Read(buffer));
  }
  return SealingRecord{ToBytes(header.encoded()), header.Digest(), {hasher.Finish(), total}};
}

}  // namespace cloister::sealed

#include "evidence/corim/internal/corim_reader.h"
#include "evidence/corim/internal/fields.h"

namespace cloister::evidence::internal {
namespace {

using formats::Cbor;

constexpr int kMaximumDepth = 16;
constexpr std::size_t kMaximumFiles = 4096;
// RFC 9393 §2: tag-id, software-name, payload, software-version; §2.9.4: file, directory, path-elements; §2.9.3: fs-name,
// hash.
constexpr std::int64_t kTagId = 0, kSoftwareName = 1, kPayload = 6, kVersion = 13;
constexpr std::int64_t kFile = 17, kDirectory = 16, kPathElements = 26, kFsName = 24, kHash = 7;

// RFC 9393 writes one or more: the one stands without an array.
template <class Read>
Result<void> EachOf(const Cbor& map, std::int64_t key, Read read) {
  const Cbor* value = map.Find(key);
  if (value == nullptr) return {};
  if (value->type() != formats::CborType::kArray) return read(*value);
  for (const Cbor& one : *TRY(NonEmptyArray(*value, kMaximumFiles))) TRY(read(one));
  return {};
}

Result<void> ReadFiles(const Cbor& holder, const std::string& path, int depth, std::vector<CoswidFile>& out);

Result<void> ReadFile(const Cbor& file, const std::string& path, std::vector<CoswidFile>& out) {
  CoswidFile read;
  read.name = path + std::string(TRY_WITH("file", file.GetText(kFsName)));
  const Cbor* hash = file.Find(kHash);
  if (hash == nullptr) return {};  // a file without a digest says nothing that could be compared
  if (out.size() >= kMaximumFiles) return Error(ErrorCode::kLimit, "more than 4096 files");
  read.digest = TRY_WITH("file", ReadDigest(*hash));
  out.push_back(std::move(read));
  return {};
}

Result<void> ReadDirectory(const Cbor& directory, const std::string& path, int depth, std::vector<CoswidFile>& out) {
  if (depth > kMaximumDepth) return Error(ErrorCode::kLimit, "directories: deeper than 16");
  const std::string inner = path + std::string(TRY_WITH("directory", directory.GetText(kFsName))) + "/";
  const Cbor* elements = directory.Find(kPathElements);
  return elements == nullptr ? Result<void>() : ReadFiles(*elements, inner, depth, out);
}

Result<void> ReadFiles(const Cbor& holder, const std::string& path, int depth, std::vector<CoswidFile>& out) {
  TRY(EachOf(holder, kFile, [&](const Cbor& file) { return ReadFile(file, path, out); }));
  return EachOf(holder, kDirectory, [&](const Cbor& directory) { return ReadDirectory(directory, path, depth + 1, out); });
}

}  // namespace

Result<Coswid> ReadCoswid(const Cbor& document) {
  Coswid coswid;
  coswid.tag_id = TRY(ReadTagId(*TRY(document.Get(kTagId))));
  coswid.name = std::string(TRY(document.GetText(kSoftwareName)));
  coswid.version = TRY_WITH("software version", FindText(document, kVersion));
  TRY(EachOf(document, kPayload, [&](const Cbor& payload) { return ReadFiles(payload, "", 0, coswid.files); }));
  return coswid;
}

Result<CorimPeriod> ReadPeriod(const Cbor& value) {
  TRY(CheckKeys(value, {0, 1}));
  CorimPeriod period;
  if (const Cbor* start = value.Find(0); start != nullptr) period.not_before = TRY(ReadTime(*start));
  period.not_after = TRY(ReadTime(*TRY(value.Get(1))));
  if (period.not_before && *period.not_before > period.not_after) {
    return Error(ErrorCode::kMalformed, "ends before it begins");
  }
  return period;
}

Result<Cotl> ReadCotl(const Cbor& document) {
  TRY(CheckKeys(document, {0, 1, 2}));
  Cotl cotl;
  cotl.tag_id = TRY(ReadTagId(*TRY(TRY(document.GetMap(0))->Get(0))));
  for (const Cbor& tag : *TRY(NonEmptyArray(*TRY(document.Get(1)), kMaximumTriples))) {
    cotl.tags.push_back(TRY(ReadTagId(*TRY(tag.Get(0)))));
  }
  cotl.validity = TRY_WITH("validity", ReadPeriod(*TRY(document.Get(2))));
  return cotl;
}

}  // namespace cloister::evidence::internal

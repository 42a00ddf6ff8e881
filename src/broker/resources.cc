#include "broker/resources.h"

#include <algorithm>

namespace cloister::broker {
namespace {

using formats::Json;

constexpr std::string_view kResources = "resources";
constexpr std::string_view kSealedKeys = "sealed_keys";
constexpr std::size_t kMaxSegment = 128;

bool IsWord(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

bool IsSegment(std::string_view text) {
  return !text.empty() && text.size() <= kMaxSegment && IsWord(text[0]) &&
         std::all_of(text.begin(), text.end(), [](char c) { return IsWord(c) || c == '.'; });
}

Error Bound() {
  return Error(ErrorCode::kConflict, "resource: expected a path without a contract-bound key, this one has one");
}

Result<Json> ToRow(const sealed::SealingRecord& record, const sealed::Identity& identity) {
  const SecretBytes text = identity.ToText();
  return Json(Json::Object{{"record", record.ToJson()}, {"identity", AsText(text.ExposeSecret())}});
}

}  // namespace

Result<ResourcePath> ResourcePath::Parse(std::string_view text) {
  std::size_t segments = 0;
  std::string_view rest = text;
  for (bool more = true; more; ++segments) {
    const std::size_t slash = rest.find('/');
    more = slash != std::string_view::npos;
    if (!IsSegment(rest.substr(0, slash)) || segments == 3) {
      return Error(ErrorCode::kMalformed, "resource: expected repo/type/tag, each of [A-Za-z0-9_-][A-Za-z0-9_.-]*");
    }
    if (more) rest = rest.substr(slash + 1);
  }
  if (segments != 3)
    return Error(ErrorCode::kMalformed, "resource: expected three segments, got " + std::to_string(segments));
  return ResourcePath(std::string(text));
}

std::vector<std::string> ResourcePath::Segments() const {
  const std::size_t first = text_.find('/');
  const std::size_t last = text_.rfind('/');
  return {text_.substr(0, first), text_.substr(first + 1, last - first - 1), text_.substr(last + 1)};
}

Result<SecretBytes> Resources::Get(const ResourcePath& path) {
  std::optional<Bytes> found;
  TRY(store_.Read([&](store::Snapshot& snapshot) -> Result<void> {
    if (TRY(snapshot.Get(kSealedKeys, AsBytes(path.text())))) {
      return Error(ErrorCode::kRefused, "resource: a contract-bound key goes to the room of a run only");
    }
    found = TRY(snapshot.Get(kResources, AsBytes(path.text())));
    return {};
  }));
  if (!found) return Error(ErrorCode::kNotFound, "resource: there is none at this path");
  SecretBytes content = SecretBytes::CopyOf(*found);
  Wipe(*found);
  return content;
}

Result<void> Resources::Set(const ResourcePath& path, ByteSpan content) {
  if (content.size() > kMaxResourceBytes) {
    return Error(ErrorCode::kLimit, "resource: expected at most 1048576 bytes, got " + std::to_string(content.size()));
  }
  return store_.Transact([&](store::Transaction& transaction) -> Result<void> {
    if (TRY(transaction.Get(kSealedKeys, AsBytes(path.text())))) return Bound();
    return transaction.Put(kResources, AsBytes(path.text()), content);
  });
}

Result<void> Resources::Delete(const ResourcePath& path) {
  return store_.Transact([&](store::Transaction& transaction) -> Result<void> {
    if (TRY(transaction.Get(kSealedKeys, AsBytes(path.text())))) return Bound();
    if (!TRY(transaction.Delete(kResources, AsBytes(path.text())))) {
      return Error(ErrorCode::kNotFound, "resource: there is none at this path");
    }
    return {};
  });
}

Result<void> Resources::AddSealedKey(const ResourcePath& path, const sealed::SealingRecord& record,
                                     const sealed::Identity& identity) {
  const auto header = TRY_WITH("sealing record", sealed::AgeHeader::Parse(record.header));
  TRY_WITH("identity", header.Unwrap(identity));
  const std::string row = TRY(ToRow(record, identity)).Dump();
  return store_.Transact([&](store::Transaction& transaction) -> Result<void> {
    if (TRY(transaction.Get(kResources, AsBytes(path.text())))) {
      return Error(ErrorCode::kConflict, "sealed key: expected a path without a resource, this one has one");
    }
    const auto known = TRY(transaction.Get(kSealedKeys, AsBytes(path.text())));
    if (known && !Equal(*known, AsBytes(row))) {
      return Error(ErrorCode::kConflict,
                   "sealed key: another key is kept under this path; a new version takes a new path");
    }
    return transaction.Put(kSealedKeys, AsBytes(path.text()), AsBytes(row));
  });
}

Result<SealedKey> Resources::FindSealedKey(const ResourcePath& path) {
  const auto row = TRY(store_.Get(kSealedKeys, AsBytes(path.text())));
  if (!row)
    return Error(ErrorCode::kNotFound,
                 "sealed key: there is none for " + path.text() + "; import it with `cloister broker import`");
  const Json json = TRY_WITH("sealed key", Json::Parse(AsText(*row)));
  const std::string identity = TRY_WITH("sealed key", json.GetString("identity"));
  auto record = TRY_WITH("sealed key", sealed::SealingRecord::FromJson(*TRY(json.GetObject("record"))));
  auto opened = TRY_WITH("sealed key", sealed::Identity::FromText(identity));
  return SealedKey{std::move(record), std::move(opened)};
}

Result<std::vector<std::string>> Resources::SealedKeyPaths() {
  std::vector<std::string> paths;
  TRY(store_.Read([&](store::Snapshot& snapshot) -> Result<void> {
    for (const store::Row& row : TRY(snapshot.Scan(kSealedKeys, {}, store::kMaxScan)))
      paths.emplace_back(AsText(row.key));
    return {};
  }));
  return paths;
}

}  // namespace cloister::broker

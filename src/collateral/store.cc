#include "collateral/store.h"

#include <set>

#include "base/file.h"
#include "collateral/internal/folder_lock.h"

namespace cloister::collateral {
namespace {

constexpr std::string_view kIndexFile = "index.json";
constexpr std::string_view kBlobFolder = "blobs";
constexpr std::string_view kLockFile = "lock";

Error AsCorrupt(const Error& error, const Entry& entry) {
  return Error(ErrorCode::kUntrusted, entry.Name() + ": its bytes are not what the index says: " + error.message());
}

}  // namespace

Result<Store> Store::Open(const std::filesystem::path& folder, evidence::TrustAnchors anchors) {
  Store store(folder, std::move(anchors));
  TRY(store.Reload());
  return store;
}

Result<Store> Store::OpenOrMake(const std::filesystem::path& folder, evidence::TrustAnchors anchors) {
  std::error_code failed;
  std::filesystem::create_directories(folder / kBlobFolder, failed);
  if (failed) return Error(ErrorCode::kIo, folder.string() + ": cannot be made: " + failed.message());
  {
    const auto lock = TRY(internal::FolderLock::Take(folder / kLockFile));
    if (!std::filesystem::exists(folder / kIndexFile)) {
      TRY(WriteFile(folder / kIndexFile, AsBytes(Index{}.ToText()), FileMode::kPublic));
    }
  }
  return Open(folder, std::move(anchors));
}

Result<void> Store::Reload() {
  const std::string file = (folder_ / kIndexFile).string();
  index_ = TRY_WITH(file, Index::Parse(TRY(ReadTextFile(file, kMaxIndexBytes))));
  return {};
}

std::filesystem::path Store::BlobPath(const crypto::Sha256Digest& sha256) const { return folder_ / kBlobFolder / ToHex(sha256); }

Result<Bytes> Store::ReadBlob(const crypto::Sha256Digest& sha256, std::size_t maximum) const {
  Bytes content = TRY(ReadFile(BlobPath(sha256), maximum));
  if (crypto::Sha256(content) != sha256) return Error(ErrorCode::kUntrusted, BlobPath(sha256).string() + ": has another digest");
  return content;
}

Result<void> Store::WriteBlob(ByteSpan content) const {
  const auto sha256 = crypto::Sha256(content);
  // Bytes that are there and right are left alone; what a fault or an enemy made of them is replaced.
  if (ReadBlob(sha256, content.size())) return {};
  return WriteFile(BlobPath(sha256), content, FileMode::kPublic);
}

Result<CheckedItem> Store::Read(const Entry& entry, Time at) const {
  Item item{.kind = entry.kind, .key = entry.key, .body = {}, .issuers = {}, .source = entry.source};
  auto body = ReadBlob(entry.sha256, entry.size);
  if (!body) return AsCorrupt(body.error(), entry);
  item.body = *std::move(body);
  if (entry.issuers) {
    auto issuers = ReadBlob(*entry.issuers, kMaxIssuerBytes);
    if (!issuers) return AsCorrupt(issuers.error(), entry);
    item.issuers = *std::move(issuers);
  }
  CheckedItem checked = TRY(CheckItem(std::move(item), anchors_, at));
  if (Entry::Of(checked) != entry) {
    return Error(ErrorCode::kUntrusted, entry.Name() + ": says something else than the index about itself");
  }
  return checked;
}

Result<CheckedItem> Store::Get(Kind kind, std::string_view key, Time at) const {
  const Entry* entry = index_.entries.Find(kind, key);
  if (entry == nullptr) {
    return Error(ErrorCode::kNotFound, NameOf(kind, key) + ": not in the store " + folder_.string());
  }
  CheckedItem item = TRY(Read(*entry, at));
  TRY(item.CheckAt(at));
  return item;
}

Result<void> Store::Put(std::span<const CheckedItem> items, Time at, Older older) {
  Change change;
  for (const CheckedItem& item : items) {
    TRY(item.CheckAt(at));
    change.items.push_back(&item);
  }
  return Apply([&](const Index& index) -> Result<Change> {
    for (const CheckedItem& item : items) {
      const Entry* there = index.entries.Find(item.item().kind, item.item().key);
      if (there != nullptr && there->issued > item.issued() && older == Older::kRefuse) {
        return Error(ErrorCode::kStale, there->Name() + ": the store has one of " + ToRfc3339(there->issued) +
                                            ", this one is of " + ToRfc3339(item.issued()));
      }
    }
    return change;
  });
}

Result<void> Store::Apply(const std::function<Result<Change>(const Index&)>& decide) {
  const auto lock = TRY(internal::FolderLock::Take(folder_ / kLockFile));
  TRY(Reload());
  const Change change = TRY(decide(index_));
  Index next = index_;
  for (const CheckedItem* item : change.items) {
    TRY(WriteBlob(item->item().body));
    if (!item->item().issuers.empty()) TRY(WriteBlob(item->item().issuers));
    TRY(next.entries.Put(Entry::Of(*item)));
  }
  if (change.mark) TRY(next.PutImport(*change.mark));
  return WriteIndex(std::move(next));
}

Result<void> Store::Remove(Kind kind, std::string_view key) {
  const auto lock = TRY(internal::FolderLock::Take(folder_ / kLockFile));
  TRY(Reload());
  Index next = index_;
  if (!next.entries.Remove(kind, key)) return Error(ErrorCode::kNotFound, NameOf(kind, key) + ": not in the store");
  return WriteIndex(std::move(next));
}

Result<void> Store::WriteIndex(Index next) {
  const std::string text = next.ToText();
  if (text.size() > kMaxIndexBytes) return Error(ErrorCode::kLimit, "collateral: the index would have over 4 MiB");
  if (next.entries != index_.entries || next.imports != index_.imports) {
    TRY(WriteFile(folder_ / kIndexFile, AsBytes(text), FileMode::kPublic));
  }
  index_ = std::move(next);
  RemoveUnusedBlobs();
  return {};
}

// What an ended process left behind goes too. A blob that stays harms nobody, so failures are passed over.
void Store::RemoveUnusedBlobs() const {
  std::set<std::string> used;
  for (const Entry& entry : index_.entries.all()) {
    used.insert(ToHex(entry.sha256));
    if (entry.issuers) used.insert(ToHex(*entry.issuers));
  }
  std::error_code failed;
  std::vector<std::filesystem::path> unused;
  for (auto file = std::filesystem::directory_iterator(folder_ / kBlobFolder, failed); !failed && file != std::filesystem::directory_iterator();
       file.increment(failed)) {
    if (!used.contains(file->path().filename().string())) unused.push_back(file->path());
  }
  for (const auto& file : unused) std::filesystem::remove(file, failed);
}

}  // namespace cloister::collateral

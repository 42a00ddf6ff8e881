// A folder of checked items:
//
//   index.json       what there is (index.h)
//   blobs/SHA256     bodies and issuers, each named by its digest
//   lock             held by whoever changes the folder
//
// A change writes blobs first and the index last, each file whole or not at all: whoever reads sees the store before or
// after it. Nothing is taken on trust from the folder: an item is checked anew whenever it is read.
#pragma once

#include <filesystem>
#include <functional>

#include "collateral/index.h"

namespace cloister::collateral {

// Whether what was issued earlier may replace what was issued later.
enum class Older { kRefuse, kAllow };

// Not to be shared between threads; several processes may use one folder.
class Store {
 public:
  // `anchors` decide, at every reading too, whose signatures count. kNotFound: the folder has no store; else as Index::Parse.
  static Result<Store> Open(const std::filesystem::path& folder, evidence::TrustAnchors anchors);
  // The same, and makes an empty store where there is none.
  static Result<Store> OpenOrMake(const std::filesystem::path& folder, evidence::TrustAnchors anchors);

  const std::filesystem::path& folder() const { return folder_; }
  const evidence::TrustAnchors& anchors() const { return anchors_; }
  const Index& index() const { return index_; }
  // Reads index.json again, where another process may have changed it.
  Result<void> Reload();

  // Reads an item and checks it again, at `at`. Success does not say that it holds at `at`: CheckedItem::CheckAt does.
  // Errors name the item. kNotFound: not in the index; kUntrusted: its bytes are missing, or other than the index says; those
  // of CheckItem.
  Result<CheckedItem> Read(const Entry& entry, Time at) const;
  // The item of that name, which holds at `at`. As Read(), and kExpired.
  Result<CheckedItem> Get(Kind kind, std::string_view key, Time at) const;

  // Puts all of `items`, or none. kExpired: one does not hold at `at`; kStale: the store has one of that name that was issued
  // later; kLimit, kIo.
  Result<void> Put(std::span<const CheckedItem> items, Time at, Older older = Older::kRefuse);
  // What Put() does, along with remembering whose manifest was imported. `decide` sees the index as it is on disk, under the
  // lock; its failure leaves all as it was.
  struct Change {
    std::vector<const CheckedItem*> items;
    std::optional<ImportMark> mark;
  };
  Result<void> Apply(const std::function<Result<Change>(const Index&)>& decide);
  // kNotFound.
  Result<void> Remove(Kind kind, std::string_view key);

 private:
  Store(std::filesystem::path folder, evidence::TrustAnchors anchors)
      : folder_(std::move(folder)), anchors_(std::move(anchors)) {}
  std::filesystem::path BlobPath(const crypto::Sha256Digest& sha256) const;
  Result<Bytes> ReadBlob(const crypto::Sha256Digest& sha256, std::size_t maximum) const;
  Result<void> WriteBlob(ByteSpan content) const;
  Result<void> WriteIndex(Index next);
  void RemoveUnusedBlobs() const;

  std::filesystem::path folder_;
  evidence::TrustAnchors anchors_;
  Index index_;
};

}  // namespace cloister::collateral

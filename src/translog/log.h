// An append-only log in a store: entries, and the hashes of the tree's nodes, so that each proof takes O(log n) reads.
#pragma once

#include <filesystem>

#include "store/store.h"
#include "translog/checkpoint.h"

namespace cloister::translog {

inline constexpr std::size_t kMaxEntryBytes = 1u << 20;

// Remembers the last head that was signed, apart from the store, so that a store put back from a backup is noticed.
class HeadKeeper {
 public:
  virtual ~HeadKeeper() = default;
  // None where no head was ever kept.
  virtual Result<std::optional<TreeHead>> Last() const = 0;
  // Durable before it returns.
  virtual Result<void> Keep(const TreeHead& head) = 0;
};

// A text file of two lines, size and base64 root, replaced as a whole.
class FileHeadKeeper final : public HeadKeeper {
 public:
  explicit FileHeadKeeper(std::filesystem::path path) : path_(std::move(path)) {}
  // kMalformed: a file of another form; kIo.
  Result<std::optional<TreeHead>> Last() const override;
  Result<void> Keep(const TreeHead& head) override;

 private:
  std::filesystem::path path_;
};

// The tables `<name>_entries`, `_nodes`, `_leaves` and `_tree` of a store. Holds no state of its own, so a transaction
// that fails leaves nothing behind. Functions take the caller's transaction or snapshot.
class Log {
 public:
  // `name`: a-z, 0-9 and _, at most 48 bytes.
  explicit Log(std::string_view name);

  // Adds `entry` (1 byte to kMaxEntryBytes; kLimit) and returns its index.
  Result<std::uint64_t> Append(store::Transaction& transaction, ByteSpan entry) const;

  Result<TreeHead> Head(store::Snapshot& snapshot) const;
  // kNotFound: no such entry.
  Result<Bytes> Entry(store::Snapshot& snapshot, std::uint64_t index) const;
  // Where the first entry with this leaf hash stands, if one does.
  Result<std::optional<std::uint64_t>> Find(store::Snapshot& snapshot, const Hash& leaf) const;

  // Proofs within the tree of the first `size` entries. kUsage: the log has fewer, or index and sizes are out of order.
  Result<MerkleProof> ProveInclusion(store::Snapshot& snapshot, std::uint64_t index, std::uint64_t size) const;
  Result<MerkleProof> ProveConsistency(store::Snapshot& snapshot, std::uint64_t earlier, std::uint64_t later) const;

  // To be called before anything over the log's head is signed; returns the head that may be signed. Success proves that
  // the tree extends what `keeper` kept last, and that `keeper` holds the new head. A log whose keeper remembers nothing
  // may only be empty: StartKeeper() is called once, when a log is made.
  // Errors: kStale: the store is older than the kept head; kUntrusted: it is a fork of it; kNotFound: nothing was kept.
  Result<TreeHead> AdvanceHead(store::Snapshot& snapshot, HeadKeeper& keeper) const;
  // Keeps the empty head. kConflict: the log has entries, or a head was kept.
  Result<void> StartKeeper(store::Snapshot& snapshot, HeadKeeper& keeper) const;

 private:
  std::string entries_, nodes_, leaves_, tree_;
};

}  // namespace cloister::translog

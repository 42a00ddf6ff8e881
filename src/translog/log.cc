#include "translog/log.h"

#include "base/byte_reader.h"
#include "base/file.h"
#include "translog/internal/text.h"

namespace cloister::translog {
namespace {

constexpr std::size_t kMaxHeadFile = 128;
constexpr std::uint8_t kTreeKey[] = {'t'};

Bytes IndexKey(std::uint64_t index) {
  Bytes key;
  AppendBe(key, index);
  return key;
}

Bytes NodeKey(unsigned level, std::uint64_t index) {
  Bytes key = {static_cast<std::uint8_t>(level)};
  AppendBe(key, index);
  return key;
}

Result<std::uint64_t> ReadIndex(ByteSpan value) {
  ByteReader reader(value);
  const std::uint64_t index = TRY(reader.Be<std::uint64_t>());
  TRY(reader.Finish());
  return index;
}

class StoredNodes final : public NodeReader {
 public:
  StoredNodes(store::Snapshot& snapshot, std::string_view table) : snapshot_(snapshot), table_(table) {}
  Result<Hash> Node(unsigned level, std::uint64_t index) const override {
    const auto value = TRY(snapshot_.Get(table_, NodeKey(level, index)));
    if (!value) return Error(ErrorCode::kNotFound, "log: a node of the tree is missing");
    return TRY_WITH("log: node", ToArray<32>(*value));
  }

 private:
  store::Snapshot& snapshot_;
  std::string_view table_;
};

}  // namespace

Result<std::optional<TreeHead>> FileHeadKeeper::Last() const {
  const auto file = ReadTextFile(path_, kMaxHeadFile);
  if (!file && file.error().code() == ErrorCode::kNotFound) return std::optional<TreeHead>();
  if (!file) return file.error().With("head file");
  const std::size_t line = file->find('\n');
  if (line == std::string::npos || file->find('\n', line + 1) != file->size() - 1) {
    return Error(ErrorCode::kMalformed, "head file: expected two lines");
  }
  TreeHead head;
  head.size = TRY_WITH("head file", ParseDecimal(std::string_view(*file).substr(0, line)));
  const std::string_view root = std::string_view(*file).substr(line + 1, file->size() - line - 2);
  const Bytes root_bytes = TRY_WITH("head file", FromBase64(root));
  head.root = TRY_WITH("head file", ToArray<32>(root_bytes));
  return std::optional<TreeHead>(head);
}

Result<void> FileHeadKeeper::Keep(const TreeHead& head) {
  const std::string text = std::to_string(head.size) + "\n" + ToBase64(head.root) + "\n";
  return WriteFile(path_, AsBytes(text), FileMode::kPublic);
}

Log::Log(std::string_view name)
    : entries_(std::string(name) + "_entries"),
      nodes_(std::string(name) + "_nodes"),
      leaves_(std::string(name) + "_leaves"),
      tree_(std::string(name) + "_tree") {}

// The row `t` of _tree holds the size (8 bytes) and the root (32 bytes).
Result<TreeHead> Log::Head(store::Snapshot& snapshot) const {
  const auto row = TRY(snapshot.Get(tree_, kTreeKey));
  if (!row) return TreeHead{0, EmptyRoot()};
  ByteReader reader(*row);
  TreeHead head;
  head.size = TRY_WITH("log: head", reader.Be<std::uint64_t>());
  head.root = TRY_WITH("log: head", reader.TakeArray<32>());
  TRY_WITH("log: head", reader.Finish());
  return head;
}

Result<std::uint64_t> Log::Append(store::Transaction& transaction, ByteSpan entry) const {
  if (entry.empty() || entry.size() > kMaxEntryBytes) {
    return Error(ErrorCode::kLimit, "log: expected an entry of 1 to " + std::to_string(kMaxEntryBytes) +
                                        " bytes, got " + std::to_string(entry.size()));
  }
  const std::uint64_t index = TRY(Head(transaction)).size;
  Frontier frontier = TRY(Frontier::Read(StoredNodes(transaction, nodes_), index));
  const Hash leaf = LeafHash(entry);
  TRY(transaction.Insert(entries_, IndexKey(index), entry));
  for (const Frontier::Node& node : frontier.Append(leaf)) {
    TRY(transaction.Insert(nodes_, NodeKey(node.level, node.index), node.hash));
  }
  if (!TRY(transaction.Get(leaves_, leaf))) TRY(transaction.Insert(leaves_, leaf, IndexKey(index)));
  const TreeHead head = frontier.Head();
  TRY(transaction.Put(tree_, kTreeKey, Concat({IndexKey(head.size), head.root})));
  return index;
}

Result<Bytes> Log::Entry(store::Snapshot& snapshot, std::uint64_t index) const {
  const auto entry = TRY(snapshot.Get(entries_, IndexKey(index)));
  if (!entry) return Error(ErrorCode::kNotFound, "log: no entry " + std::to_string(index));
  return ToBytes(ByteSpan(*entry));
}

Result<std::optional<std::uint64_t>> Log::Find(store::Snapshot& snapshot, const Hash& leaf) const {
  const auto row = TRY(snapshot.Get(leaves_, leaf));
  if (!row) return std::optional<std::uint64_t>();
  return std::optional<std::uint64_t>(TRY_WITH("log: leaf", ReadIndex(*row)));
}

Result<MerkleProof> Log::ProveInclusion(store::Snapshot& snapshot, std::uint64_t index, std::uint64_t size) const {
  if (size > TRY(Head(snapshot)).size) return Error(ErrorCode::kUsage, "log: has fewer entries than asked for");
  return InclusionProof(StoredNodes(snapshot, nodes_), index, size);
}

Result<MerkleProof> Log::ProveConsistency(store::Snapshot& snapshot, std::uint64_t earlier, std::uint64_t later) const {
  if (later > TRY(Head(snapshot)).size) return Error(ErrorCode::kUsage, "log: has fewer entries than asked for");
  return ConsistencyProof(StoredNodes(snapshot, nodes_), earlier, later);
}

Result<TreeHead> Log::AdvanceHead(store::Snapshot& snapshot, HeadKeeper& keeper) const {
  const TreeHead head = TRY(Head(snapshot));
  const std::optional<TreeHead> last = TRY(keeper.Last());
  if (!last) return Error(ErrorCode::kNotFound, "log: the file with the last signed head is missing");
  if (last->size > head.size) {
    return Error(ErrorCode::kStale, "log: a head of " + std::to_string(last->size) + " entries was signed, the store has " +
                                        std::to_string(head.size) + ": restored from an old copy?");
  }
  if (TRY(ReadRoot(StoredNodes(snapshot, nodes_), last->size)) != last->root) {
    return Error(ErrorCode::kUntrusted, "log: the store is a fork of the last signed head");
  }
  // The stored root is only a shortcut: what gets signed is what the nodes give.
  if (TRY(ReadRoot(StoredNodes(snapshot, nodes_), head.size)) != head.root) {
    return Error(ErrorCode::kUntrusted, "log: the stored root is not that of its nodes");
  }
  if (head != *last) TRY(keeper.Keep(head));
  return head;
}

Result<void> Log::StartKeeper(store::Snapshot& snapshot, HeadKeeper& keeper) const {
  const TreeHead head = TRY(Head(snapshot));
  if (head.size != 0) return Error(ErrorCode::kConflict, "log: has entries, but no kept head");
  if (TRY(keeper.Last())) return Error(ErrorCode::kConflict, "log: is empty, but a head was kept");
  return keeper.Keep(head);
}

}  // namespace cloister::translog

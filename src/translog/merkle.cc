#include "translog/merkle.h"

#include <bit>

namespace cloister::translog {
namespace {

constexpr std::uint8_t kLeafPrefix[] = {0x00};
constexpr std::uint8_t kNodePrefix[] = {0x01};

Error Untrusted(std::string message) { return Error(ErrorCode::kUntrusted, std::move(message)); }

// How many hashes a path from `index` to the root of a tree of `size` has below and above the place where it leaves the
// tree's right edge: below it every level has a sibling, above it only levels where the index has a one bit.
struct PathShape {
  unsigned inner;
  unsigned border;
};

PathShape ShapeOf(std::uint64_t index, std::uint64_t size) {
  const unsigned inner = static_cast<unsigned>(std::bit_width(index ^ (size - 1)));
  const std::uint64_t above = inner == 64 ? 0 : index >> inner;
  return {inner, static_cast<unsigned>(std::popcount(above))};
}

Result<void> CheckLength(const MerkleProof& proof, std::size_t expected) {
  if (proof.size() == expected) return {};
  return Untrusted("Merkle proof: expected " + std::to_string(expected) + " hashes, got " +
                   std::to_string(proof.size()));
}

using Path = std::span<const Hash>;

Hash ChainInner(Hash seed, Path path, std::uint64_t index) {
  for (std::size_t i = 0; i < path.size(); ++i) {
    seed = (index >> i & 1) == 0 ? NodeHash(seed, path[i]) : NodeHash(path[i], seed);
  }
  return seed;
}

// As ChainInner, but only with what lies to the left: that rebuilds the earlier tree.
Hash ChainInnerRight(Hash seed, Path path, std::uint64_t index) {
  for (std::size_t i = 0; i < path.size(); ++i) {
    if ((index >> i & 1) == 1) seed = NodeHash(path[i], seed);
  }
  return seed;
}

Hash ChainBorderRight(Hash seed, Path path) {
  for (const Hash& left : path) seed = NodeHash(left, seed);
  return seed;
}

// Where a tree of `size` >= 2 leaves is split: the largest power of two below `size`.
std::uint64_t SplitOf(std::uint64_t size) { return std::uint64_t{1} << (std::bit_width(size - 1) - 1); }

// The hash over the leaves [begin, begin + size), where begin is a multiple of the largest power of two that fits.
Result<Hash> RangeHash(const NodeReader& nodes, std::uint64_t begin, std::uint64_t size) {
  if (std::has_single_bit(size)) {
    const unsigned level = static_cast<unsigned>(std::countr_zero(size));
    return nodes.Node(level, begin >> level);
  }
  const std::uint64_t split = SplitOf(size);
  const Hash left = TRY(RangeHash(nodes, begin, split));
  const Hash right = TRY(RangeHash(nodes, begin + split, size - split));
  return NodeHash(left, right);
}

}  // namespace

Hash LeafHash(ByteSpan entry) { return crypto::Sha256Parts({kLeafPrefix, entry}); }
Hash NodeHash(const Hash& left, const Hash& right) { return crypto::Sha256Parts({kNodePrefix, left, right}); }
Hash EmptyRoot() { return crypto::Sha256({}); }

Result<Hash> RootFromInclusion(const Hash& leaf, std::uint64_t index, std::uint64_t size, const MerkleProof& proof) {
  if (index >= size) {
    return Untrusted("Merkle proof: leaf index " + std::to_string(index) + " is not below the tree size " +
                     std::to_string(size));
  }
  const PathShape shape = ShapeOf(index, size);
  TRY(CheckLength(proof, shape.inner + shape.border));
  const Path path(proof);
  return ChainBorderRight(ChainInner(leaf, path.first(shape.inner), index), path.subspan(shape.inner));
}

Result<void> VerifyInclusion(const Hash& leaf, std::uint64_t index, const TreeHead& head, const MerkleProof& proof) {
  if (TRY(RootFromInclusion(leaf, index, head.size, proof)) != head.root) {
    return Untrusted("inclusion proof: does not lead to the root");
  }
  return {};
}

Result<Hash> RootFromConsistency(const TreeHead& earlier, std::uint64_t size, const MerkleProof& proof) {
  if (earlier.size > size) {
    return Untrusted("consistency proof: expected a tree of at least " + std::to_string(earlier.size) +
                     " entries, got " + std::to_string(size));
  }
  if (earlier.size == 0 && earlier.root != EmptyRoot()) return Untrusted("consistency proof: empty tree, other root");
  if (earlier.size == size) {
    TRY(CheckLength(proof, 0));
    return earlier.root;
  }
  if (earlier.size == 0) return Untrusted("consistency proof: an empty tree says nothing about a later one");

  const unsigned shift = static_cast<unsigned>(std::countr_zero(earlier.size));
  PathShape shape = ShapeOf(earlier.size - 1, size);
  shape.inner -= shift;
  // A complete earlier tree is itself the first node, and so left out of the proof.
  const std::size_t start = std::has_single_bit(earlier.size) ? 0 : 1;
  TRY(CheckLength(proof, start + shape.inner + shape.border));
  const Hash seed = start == 0 ? earlier.root : proof[0];
  const Path inner = Path(proof).subspan(start, shape.inner);
  const Path border = Path(proof).subspan(start + shape.inner);
  const std::uint64_t mask = (earlier.size - 1) >> shift;
  if (ChainBorderRight(ChainInnerRight(seed, inner, mask), border) != earlier.root) {
    return Untrusted("consistency proof: does not lead to the earlier root");
  }
  return ChainBorderRight(ChainInner(seed, inner, mask), border);
}

Result<void> VerifyConsistency(const TreeHead& earlier, const TreeHead& later, const MerkleProof& proof) {
  if (earlier.size == 0 && later.size != 0 && earlier.root == EmptyRoot()) return CheckLength(proof, 0);
  if (TRY(RootFromConsistency(earlier, later.size, proof)) != later.root) {
    return Untrusted("consistency proof: does not lead to the later root");
  }
  return {};
}

Result<Hash> ReadRoot(const NodeReader& nodes, std::uint64_t size) {
  if (size == 0) return EmptyRoot();
  return RangeHash(nodes, 0, size);
}

// PATH(m, D[n]) of RFC 9162 §2.1.3.1, gathered from the root down.
Result<MerkleProof> InclusionProof(const NodeReader& nodes, std::uint64_t index, std::uint64_t size) {
  if (index >= size) return Error(ErrorCode::kUsage, "inclusion proof: leaf index is not below the tree size");
  MerkleProof down;
  std::uint64_t begin = 0;
  while (size > 1) {
    const std::uint64_t split = SplitOf(size);
    if (index - begin < split) {
      down.push_back(TRY(RangeHash(nodes, begin + split, size - split)));
      size = split;
    } else {
      down.push_back(TRY(RangeHash(nodes, begin, split)));
      begin += split;
      size -= split;
    }
  }
  return MerkleProof(down.rbegin(), down.rend());
}

// SUBPROOF(m, D[n], b) of RFC 9162 §2.1.4.1, gathered from the root down; `whole` is b.
Result<MerkleProof> ConsistencyProof(const NodeReader& nodes, std::uint64_t earlier, std::uint64_t later) {
  if (earlier > later) return Error(ErrorCode::kUsage, "consistency proof: the earlier tree is the larger one");
  if (earlier == 0) return MerkleProof{};
  MerkleProof down;
  std::uint64_t begin = 0;
  std::uint64_t old_size = earlier;
  std::uint64_t size = later;
  bool whole = true;
  while (old_size != size) {
    const std::uint64_t split = SplitOf(size);
    if (old_size <= split) {
      down.push_back(TRY(RangeHash(nodes, begin + split, size - split)));
      size = split;
    } else {
      down.push_back(TRY(RangeHash(nodes, begin, split)));
      begin += split;
      old_size -= split;
      size -= split;
      whole = false;
    }
  }
  if (!whole) down.push_back(TRY(RangeHash(nodes, begin, size)));
  return MerkleProof(down.rbegin(), down.rend());
}

Result<Frontier> Frontier::Read(const NodeReader& nodes, std::uint64_t size) {
  Frontier out;
  out.size_ = size;
  for (unsigned level = 64; level-- > 0;) {
    if ((size >> level & 1) == 0) continue;
    out.peaks_.push_back(TRY(nodes.Node(level, (size >> level) - 1)));
  }
  return out;
}

std::vector<Frontier::Node> Frontier::Append(const Hash& leaf) {
  CHECK(size_ + 1 != 0);
  std::vector<Node> complete = {{0, size_, leaf}};
  // Each trailing one bit of the size is a peak that the new leaf completes into one of the next level.
  for (unsigned level = 0; (size_ >> level & 1) == 1; ++level) {
    complete.push_back({level + 1, size_ >> (level + 1), NodeHash(peaks_.back(), complete.back().hash)});
    peaks_.pop_back();
  }
  peaks_.push_back(complete.back().hash);
  ++size_;
  return complete;
}

TreeHead Frontier::Head() const {
  if (peaks_.empty()) return {0, EmptyRoot()};
  Hash root = peaks_.back();
  for (std::size_t i = peaks_.size() - 1; i-- > 0;) root = NodeHash(peaks_[i], root);
  return {size_, root};
}

void MemoryNodes::Append(const Hash& leaf) {
  for (const Frontier::Node& node : frontier_.Append(leaf)) {
    if (levels_.size() <= node.level) levels_.resize(node.level + 1);
    levels_[node.level].push_back(node.hash);
  }
}

Result<Hash> MemoryNodes::Node(unsigned level, std::uint64_t index) const {
  if (level >= levels_.size() || index >= levels_[level].size()) {
    return Error(ErrorCode::kNotFound, "Merkle node: level " + std::to_string(level) + " has no " +
                                           std::to_string(index));
  }
  return levels_[level][index];
}

}  // namespace cloister::translog

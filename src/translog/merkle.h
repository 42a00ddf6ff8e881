// The Merkle tree of RFC 9162 §2.1 over SHA-256: hashes, proofs, and their checks. Sizes and indexes are 64-bit.
#pragma once

#include <vector>

#include "crypto/hash.h"

namespace cloister::translog {

using Hash = crypto::Sha256Digest;

// How many entries a tree has, and its root. Says nothing about who vouches for it: that is VerifiedCheckpoint's work.
struct TreeHead {
  std::uint64_t size = 0;
  Hash root{};
  friend bool operator==(const TreeHead&, const TreeHead&) = default;
};

// Sibling hashes from the leaf's side to the root's, in the order of RFC 9162.
using MerkleProof = std::vector<Hash>;

// A proof never holds more: a path of a tree of 2^64 leaves, and the first node of a consistency proof.
inline constexpr std::size_t kMaxProofHashes = 65;

// SHA-256(0x00 || entry) and SHA-256(0x01 || left || right) (RFC 9162 §2.1.1).
Hash LeafHash(ByteSpan entry);
Hash NodeHash(const Hash& left, const Hash& right);
// The root of the tree of no entries: SHA-256 of nothing.
Hash EmptyRoot();

// The root that a tree of `size` must have if `leaf` is at `index` and `proof` leads up from it (§2.1.3.2).
// Proves nothing until that root is compared or its signature checked. kUntrusted: `index` is not below `size`, or
// the proof has another length than a leaf at this place needs.
Result<Hash> RootFromInclusion(const Hash& leaf, std::uint64_t index, std::uint64_t size, const MerkleProof& proof);

// Success proves that `leaf` is at `index` of the tree `head` (RFC 9162 §2.1.3.2). The caller still checks that `head`
// is signed and recent enough. kUntrusted: it does not hold.
Result<void> VerifyInclusion(const Hash& leaf, std::uint64_t index, const TreeHead& head, const MerkleProof& proof);

// The root that a tree of `size` must have if it extends `earlier` as `proof` says (§2.1.4.2). Proves nothing until that
// root is compared or its signature checked. kUntrusted: the sizes shrink, the proof has another length, or does not
// lead to the earlier root; also from an empty tree to one that is not, about which no proof says anything.
Result<Hash> RootFromConsistency(const TreeHead& earlier, std::uint64_t size, const MerkleProof& proof);

// Success proves that `later` holds the entries of `earlier`, unchanged, before any others (RFC 9162 §2.1.4.2).
// Strict: equal sizes take an empty proof and equal roots; an empty earlier tree, whose proof would say nothing, is
// taken only with an empty proof and the empty root. kUntrusted: it does not hold.
Result<void> VerifyConsistency(const TreeHead& earlier, const TreeHead& later, const MerkleProof& proof);

// Gives the hashes of complete subtrees: node (level, index) covers the leaves [index << level, (index + 1) << level).
class NodeReader {
 public:
  virtual ~NodeReader() = default;
  // kNotFound: no such node; kIo and others as the store says.
  virtual Result<Hash> Node(unsigned level, std::uint64_t index) const = 0;
};

// Root and proofs of the first `size` leaves, each with O(log size) reads. kUsage: index or sizes out of order.
Result<Hash> ReadRoot(const NodeReader& nodes, std::uint64_t size);
Result<MerkleProof> InclusionProof(const NodeReader& nodes, std::uint64_t index, std::uint64_t size);
Result<MerkleProof> ConsistencyProof(const NodeReader& nodes, std::uint64_t earlier, std::uint64_t later);

// The right edge of a growing tree: the complete subtrees, from the largest to the smallest, that cover all its leaves.
// Invariant: peaks_.size() is the number of one bits in size_.
class Frontier {
 public:
  struct Node {
    unsigned level;
    std::uint64_t index;
    Hash hash;
  };

  Frontier() = default;
  // The edge of a tree whose nodes are stored.
  static Result<Frontier> Read(const NodeReader& nodes, std::uint64_t size);

  // Adds a leaf; returns the nodes that became complete, the leaf first. They are what a store keeps.
  std::vector<Node> Append(const Hash& leaf);
  TreeHead Head() const;

 private:
  std::uint64_t size_ = 0;
  std::vector<Hash> peaks_;
};

// All nodes in memory: for tests, benchmarks, and logs that are read from files.
class MemoryNodes final : public NodeReader {
 public:
  void Append(const Hash& leaf);
  Result<Hash> Node(unsigned level, std::uint64_t index) const override;
  TreeHead Head() const { return frontier_.Head(); }

 private:
  Frontier frontier_;
  std::vector<std::vector<Hash>> levels_;
};

}  // namespace cloister::translog

#include "translog/merkle.h"

#include <gtest/gtest.h>

namespace cloister::translog {
namespace {

constexpr std::uint64_t kMost = 130;

Hash LeafOf(std::uint64_t i) { return LeafHash(AsBytes("entry " + std::to_string(i))); }

// MTH(D[n]) of RFC 9162 §2.1.1, written down as it stands there.
Hash PlainRoot(std::uint64_t begin, std::uint64_t end) {
  if (begin == end) return EmptyRoot();
  if (end - begin == 1) return LeafOf(begin);
  std::uint64_t split = 1;
  while (split * 2 < end - begin) split *= 2;
  return NodeHash(PlainRoot(begin, begin + split), PlainRoot(begin + split, end));
}

struct Trees {
  MemoryNodes nodes;
  std::vector<TreeHead> heads;  // by size
};

const Trees& All() {
  static const Trees trees = [] {
    Trees out;
    out.heads.push_back(out.nodes.Head());
    for (std::uint64_t i = 0; i < kMost; ++i) {
      out.nodes.Append(LeafOf(i));
      out.heads.push_back(out.nodes.Head());
    }
    return out;
  }();
  return trees;
}

TEST(Merkle, GivesTheRootsOfTheDefinition) {
  for (std::uint64_t size = 0; size <= kMost; ++size) {
    const TreeHead head{size, PlainRoot(0, size)};
    EXPECT_EQ(All().heads[size], head);
    EXPECT_EQ(*ReadRoot(All().nodes, size), head.root);
    EXPECT_EQ(Frontier::Read(All().nodes, size)->Head(), head);
  }
}

TEST(Merkle, ProvesEveryLeafOfEverySize) {
  for (std::uint64_t size = 1; size <= kMost; ++size) {
    for (std::uint64_t i = 0; i < size; ++i) {
      const MerkleProof proof = *InclusionProof(All().nodes, i, size);
      ASSERT_TRUE(VerifyInclusion(LeafOf(i), i, All().heads[size], proof)) << i << " of " << size;
      ASSERT_FALSE(VerifyInclusion(LeafOf(i + 1), i, All().heads[size], proof));
    }
  }
}

TEST(Merkle, ProvesThatEverySizeExtendsEverySmallerOne) {
  for (std::uint64_t later = 0; later <= kMost; ++later) {
    for (std::uint64_t earlier = 0; earlier <= later; ++earlier) {
      const MerkleProof proof = *ConsistencyProof(All().nodes, earlier, later);
      ASSERT_TRUE(VerifyConsistency(All().heads[earlier], All().heads[later], proof)) << earlier << " to " << later;
      TreeHead forked = All().heads[earlier];
      forked.root[0] ^= 1;
      ASSERT_FALSE(VerifyConsistency(forked, All().heads[later], proof));
    }
  }
}

// Every proof that differs in one bit, or by a hash more or less, must fail.
template <class Check>
void RefusesChangedProofs(const MerkleProof& proof, Check check) {
  ASSERT_TRUE(check(proof));
  for (std::size_t i = 0; i < proof.size(); ++i) {
    for (std::size_t byte = 0; byte < 32; ++byte) {
      MerkleProof flipped = proof;
      flipped[i][byte] ^= static_cast<std::uint8_t>(1 << (byte % 8));
      ASSERT_FALSE(check(flipped));
    }
    MerkleProof cut = proof;
    cut.erase(cut.begin() + static_cast<std::ptrdiff_t>(i));
    ASSERT_FALSE(check(cut));
    MerkleProof doubled = proof;
    doubled.insert(doubled.begin() + static_cast<std::ptrdiff_t>(i), proof[i]);
    ASSERT_FALSE(check(doubled));
  }
  MerkleProof longer = proof;
  longer.push_back(EmptyRoot());
  ASSERT_FALSE(check(longer));
}

TEST(Merkle, RefusesChangedInclusionProofs) {
  for (const std::uint64_t size : {1, 2, 3, 7, 8, 100}) {
    for (std::uint64_t i = 0; i < size; i += 3) {
      RefusesChangedProofs(*InclusionProof(All().nodes, i, size), [&](const MerkleProof& proof) {
        return VerifyInclusion(LeafOf(i), i, All().heads[size], proof).has_value();
      });
    }
  }
}

TEST(Merkle, RefusesChangedConsistencyProofs) {
  for (const std::uint64_t later : {1, 2, 3, 7, 8, 100}) {
    for (std::uint64_t earlier = 1; earlier <= later; earlier += 3) {
      RefusesChangedProofs(*ConsistencyProof(All().nodes, earlier, later), [&](const MerkleProof& proof) {
        return VerifyConsistency(All().heads[earlier], All().heads[later], proof).has_value();
      });
    }
  }
}

TEST(Merkle, RefusesIndexesOutsideTheTree) {
  for (const std::uint64_t index : {std::uint64_t{8}, std::uint64_t{9}, ~std::uint64_t{0}}) {
    const auto result = VerifyInclusion(LeafOf(0), index, All().heads[8], *InclusionProof(All().nodes, 0, 8));
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code(), ErrorCode::kUntrusted);
  }
  EXPECT_FALSE(VerifyInclusion(LeafOf(0), 0, All().heads[0], {}));
  EXPECT_EQ(InclusionProof(All().nodes, 8, 8).error().code(), ErrorCode::kUsage);
  EXPECT_EQ(ConsistencyProof(All().nodes, 9, 8).error().code(), ErrorCode::kUsage);
}

TEST(Merkle, RefusesShrinkingAndEquivocation) {
  EXPECT_FALSE(VerifyConsistency(All().heads[8], All().heads[7], {}));
  TreeHead other = All().heads[8];
  other.root[31] ^= 1;
  EXPECT_FALSE(VerifyConsistency(All().heads[8], other, {}));
  TreeHead empty = All().heads[0];
  empty.root[0] ^= 1;
  EXPECT_FALSE(VerifyConsistency(empty, All().heads[8], {}));
}

TEST(Merkle, TakesTheLargestSizes) {
  const std::uint64_t most = ~std::uint64_t{0};
  const MerkleProof path(64, EmptyRoot());
  const Hash root = *RootFromInclusion(LeafOf(0), 0, most, path);
  EXPECT_TRUE(VerifyInclusion(LeafOf(0), 0, {most, root}, path));
  EXPECT_FALSE(RootFromInclusion(LeafOf(0), most, most, path));
  EXPECT_TRUE(RootFromInclusion(LeafOf(0), most - 1, most, MerkleProof(63, EmptyRoot())));
}

}  // namespace
}  // namespace cloister::translog

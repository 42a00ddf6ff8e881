// Merkle proofs from outside: two sizes and hashes, and manifests with vectors. In a tree that we grow ourselves, only our own
// proof is taken.
#include "base/byte_reader.h"
#include "translog/conformance.h"
#include "translog/merkle.h"

namespace {

using namespace cloister;
using namespace cloister::translog;

const MemoryNodes& Grown() {
  static const MemoryNodes nodes = [] {
    MemoryNodes grown;
    for (std::uint8_t i = 0; i < 40; ++i) grown.Append(LeafHash(Bytes{i}));
    return grown;
  }();
  return nodes;
}

Result<void> Check(ByteSpan input) {
  ByteReader reader(input);
  const std::uint64_t index = TRY(reader.Be<std::uint64_t>());
  const std::uint64_t size = TRY(reader.Be<std::uint64_t>());
  MerkleProof proof;
  while (reader.left() >= 32 && proof.size() < 2 * kMaxProofHashes) proof.push_back(TRY(ToArray<32>(TRY(reader.Take(32)))));
  const Hash leaf = LeafHash(Bytes{static_cast<std::uint8_t>(index)});
  (void)RootFromInclusion(leaf, index, size, proof);
  (void)RootFromConsistency({index, leaf}, size, proof);
  if (size > 40 || index >= size) return {};
  const TreeHead head{size, TRY(ReadRoot(Grown(), size))};
  if (VerifyInclusion(leaf, index, head, proof)) CHECK(proof == *InclusionProof(Grown(), index, size));
  CHECK(VerifyInclusion(leaf, index, head, *InclusionProof(Grown(), index, size)));
  if (index == 0) return {};
  const TreeHead earlier{index, TRY(ReadRoot(Grown(), index))};
  if (VerifyConsistency(earlier, head, proof)) CHECK(proof == *ConsistencyProof(Grown(), index, size));
  CHECK(VerifyConsistency(earlier, head, *ConsistencyProof(Grown(), index, size)));
  return {};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  (void)Check({data, size});
  (void)ParseLedgerManifest(AsText({data, size}));
  return 0;
}

#include "translog/checkpoint.h"

#include <gtest/gtest.h>

namespace cloister::translog {
namespace {

constexpr std::string_view kOrigin = "log.example/one";

NoteSigner MakeSigner(std::uint8_t seed, NoteKeyType type) {
  auto key = crypto::SigningKey::FromEd25519Seed(SecretBytes::CopyOf(Bytes(32, seed)));
  return *NoteSigner::Create(kOrigin, type, *std::move(key));
}

struct Checkpoints : ::testing::Test {
  NoteSigner log = MakeSigner(1, NoteKeyType::kEd25519);
  NoteSigner cosigner = MakeSigner(2, NoteKeyType::kCosignature);
  Time now = FromUnixSeconds(1'700'000'000);
  MemoryNodes nodes;
  std::string Note() const { return *SignCheckpoint(kOrigin, nodes.Head(), log, cosigner, now); }
  Result<VerifiedCheckpoint> Verify(std::string_view note) const {
    return VerifyTimedCheckpoint(note, kOrigin, log.verifier(), cosigner.verifier());
  }
  std::string SignedText(std::string_view text) const {
    const NoteSigner* const signers[] = {&log, &cosigner};
    return *SignNote(text, signers, now);
  }
  void Grow(int entries) {
    for (int i = 0; i < entries; ++i) nodes.Append(LeafHash(AsBytes("entry")));
  }
};

TEST_F(Checkpoints, VerifyWhatWasSigned) {
  for (int i = 0; i < 4; ++i, Grow(1)) {
    const auto checkpoint = Verify(Note());
    ASSERT_TRUE(checkpoint);
    EXPECT_EQ(checkpoint->head(), nodes.Head());
    EXPECT_EQ(checkpoint->origin(), kOrigin);
    EXPECT_EQ(checkpoint->time(), now);
    EXPECT_FALSE(VerifyCheckpoint(Note(), kOrigin, log.verifier())->time());
  }
}

TEST_F(Checkpoints, RefuseEachFlippedByteAndCut) {
  Grow(5);
  const std::string note = Note();
  for (std::size_t i = 0; i < note.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string flipped = note;
      flipped[i] = static_cast<char>(flipped[i] ^ (1 << bit));
      EXPECT_FALSE(Verify(flipped)) << i;
    }
    EXPECT_FALSE(Verify(note.substr(0, i)));
  }
}

TEST_F(Checkpoints, RefuseAnotherOrigin) {
  EXPECT_EQ(VerifyCheckpoint(Note(), "log.example/two", log.verifier()).error().code(), ErrorCode::kMismatch);
}

TEST_F(Checkpoints, RefuseAMissingCosignatureAndAMissingSignature) {
  const NoteSigner* const only_log[] = {&log};
  const NoteSigner* const only_cosigner[] = {&cosigner};
  const std::string text = Note().substr(0, Note().find("\n\n") + 1);
  EXPECT_EQ(Verify(*SignNote(text, only_log, now)).error().code(), ErrorCode::kUntrusted);
  EXPECT_EQ(Verify(*SignNote(text, only_cosigner, now)).error().code(), ErrorCode::kUntrusted);
}

TEST_F(Checkpoints, RefuseTextsOfAnotherForm) {
  const std::string root = ToBase64(EmptyRoot());
  const std::string other = ToBase64(LeafHash({}));
  const std::string origin(kOrigin);
  EXPECT_TRUE(Verify(SignedText(origin + "\n0\n" + root + "\n")));
  for (const std::string& text :
       {origin + "\n", origin + "\n0\n", origin + "\n00\n" + root + "\n", origin + "\n-1\n" + root + "\n",
        origin + "\n+1\n" + root + "\n", origin + "\n1 \n" + root + "\n", origin + "\n18446744073709551616\n" + root + "\n",
        origin + "\n1\n" + root.substr(0, 40) + "\n", origin + "\n1\n" + root.substr(0, 43) + "\n",
        origin + "\n0\n" + other + "\n", "\n0\n" + root + "\n"}) {
    EXPECT_FALSE(Verify(SignedText(text))) << text;
  }
}

TEST_F(Checkpoints, ExtendOnlyWithAProof) {
  Grow(3);
  const auto known = *Verify(Note());
  Grow(4);
  const auto next = *Verify(Note());
  const MerkleProof proof = *ConsistencyProof(nodes, 3, 7);
  EXPECT_TRUE(VerifyExtends(known, next, proof));
  EXPECT_TRUE(VerifyExtends(known, known, {}));
  EXPECT_EQ(VerifyExtends(known, next, {}).error().code(), ErrorCode::kUntrusted);
  EXPECT_EQ(VerifyExtends(next, known, {}).error().code(), ErrorCode::kStale);
}

}  // namespace
}  // namespace cloister::translog

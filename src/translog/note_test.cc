#include "translog/note.h"

#include <gtest/gtest.h>

#include "crypto/random.h"

namespace cloister::translog {
namespace {

constexpr std::string_view kText = "If you think cryptography is the answer to your problem,\nthen you don't know.\n";

NoteSigner MakeSigner(std::uint8_t seed, NoteKeyType type, std::string_view name = "log.example/one") {
  auto key = crypto::SigningKey::FromEd25519Seed(SecretBytes::CopyOf(Bytes(32, seed)));
  return *NoteSigner::Create(name, type, *std::move(key));
}

struct Notes : ::testing::Test {
  NoteSigner log = MakeSigner(1, NoteKeyType::kEd25519);
  NoteSigner cosigner = MakeSigner(2, NoteKeyType::kCosignature, "log.example/clock");
  Time now = FromUnixSeconds(1'700'000'000);
  std::string Signed() const {
    const NoteSigner* const signers[] = {&log, &cosigner};
    return *SignNote(kText, signers, now);
  }
  Result<VerifiedNote> Verify(std::string_view note) const {
    const NoteVerifier known[] = {log.verifier(), cosigner.verifier()};
    return VerifyNote(note, known);
  }
};

TEST_F(Notes, VerifyWhatWasSigned) {
  const auto note = Verify(Signed());
  ASSERT_TRUE(note);
  EXPECT_EQ(note->text(), kText);
  ASSERT_EQ(note->signers().size(), 2u);
  EXPECT_FALSE(note->Find(log.verifier())->time);
  EXPECT_EQ(note->Find(cosigner.verifier())->time, now);
}

TEST_F(Notes, VerifierKeysKeepTheirText) {
  for (const NoteSigner* signer : {&log, &cosigner}) {
    const auto parsed = NoteVerifier::Parse(signer->verifier().Text());
    ASSERT_TRUE(parsed);
    EXPECT_EQ(*parsed, signer->verifier());
  }
}

TEST_F(Notes, RefuseChangedVerifierKeys) {
  const std::string vkey = log.verifier().Text();
  for (std::size_t i = 0; i < vkey.size(); ++i) {
    std::string flipped = vkey;
    flipped[i] = static_cast<char>(flipped[i] ^ 1);
    EXPECT_FALSE(NoteVerifier::Parse(flipped)) << flipped;
    EXPECT_FALSE(NoteVerifier::Parse(vkey.substr(0, i)));
  }
}

// What flips may leave valid: the name or key id of one line, which makes it a line of an unknown key.
TEST_F(Notes, NeverVerifyAnotherTextThanTheSignedOne) {
  const std::string note = Signed();
  const std::size_t text_end = note.find("\n\n");
  for (std::size_t i = 0; i < note.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string flipped = note;
      flipped[i] = static_cast<char>(flipped[i] ^ (1 << bit));
      const auto result = Verify(flipped);
      if (!result) continue;
      EXPECT_GT(i, text_end);
      EXPECT_EQ(result->text(), kText);
      EXPECT_EQ(result->signers().size(), 1u);
    }
  }
}

TEST_F(Notes, RefuseEveryCut) {
  const NoteSigner* const one[] = {&log};
  const std::string note = *SignNote(kText, one, now);
  for (std::size_t length = 0; length < note.size(); ++length) EXPECT_FALSE(Verify(note.substr(0, length)));
}

TEST_F(Notes, RefuseAnotherKeyOfTheSameName) {
  const NoteSigner other = MakeSigner(3, NoteKeyType::kEd25519);
  const NoteSigner* const one[] = {&other};
  const auto result = Verify(*SignNote(kText, one, now));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code(), ErrorCode::kUntrusted);
}

TEST_F(Notes, RefuseAKnownKeyThatFailsEvenIfAnotherHolds) {
  std::string note = *SignNote(kText, {}, now);
  note += log.SignatureLine("another text\n", now);
  note += cosigner.SignatureLine(kText, now);
  EXPECT_EQ(Verify(note).error().code(), ErrorCode::kUntrusted);
}

TEST_F(Notes, DropRepeatsUnread) {
  const std::string note = *SignNote(kText, {}, now) + log.SignatureLine(kText, now) +
                           log.SignatureLine("another text\n", now);
  const auto result = Verify(note);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->signers().size(), 1u);
}

TEST_F(Notes, RefuseACosignatureWithAnotherTime) {
  std::string note = *SignNote(kText, {}, now) + cosigner.SignatureLine(kText, now);
  const std::size_t at = note.rfind(' ') + 1;
  Bytes raw = *FromBase64(std::string_view(note).substr(at, note.size() - at - 1));
  raw[11] ^= 1;
  note = note.substr(0, at) + ToBase64(raw) + "\n";
  EXPECT_EQ(Verify(note).error().code(), ErrorCode::kUntrusted);
}

TEST_F(Notes, RefuseTextsThatAreNoNotes) {
  const NoteSigner* const one[] = {&log};
  for (const std::string_view text : {std::string_view(""), std::string_view("no newline"), std::string_view("tab\t\n"),
                                      std::string_view("\xFF\n"), std::string_view("\xC0\x80\n"),
                                      std::string_view("\xED\xA0\x80\n")}) {
    EXPECT_FALSE(SignNote(text, one, now));
  }
}

TEST_F(Notes, RefuseMoreLinesThanTheLimit) {
  std::string note = *SignNote(kText, {}, now);
  for (int i = 0; i < 101; ++i) note += log.SignatureLine(kText, now);
  EXPECT_EQ(Verify(note).error().code(), ErrorCode::kLimit);
}

TEST_F(Notes, RefuseAmbiguousKeys) {
  const NoteVerifier twice[] = {log.verifier(), log.verifier()};
  EXPECT_EQ(VerifyNote(Signed(), twice).error().code(), ErrorCode::kUsage);
}

TEST_F(Notes, RefuseKeyNamesWithSpacesAndPluses) {
  const auto key = log.verifier().key();
  for (const std::string_view name : {"", "a b", "a+b", "a\n", "a\xC2\xA0" "b", "\xFF"}) {
    EXPECT_FALSE(NoteVerifier::Create(name, NoteKeyType::kEd25519, key)) << name;
  }
}

}  // namespace
}  // namespace cloister::translog

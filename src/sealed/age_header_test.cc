#include "sealed/age_header.h"

#include <gtest/gtest.h>

namespace cloister::sealed {
namespace {

struct Sealed {
  Identity identity;
  FileKey file_key;
  AgeHeader header;
};

Sealed MakeHeader(std::uint64_t seed) {
  crypto::DeterministicRandom random(seed);
  Identity identity = Identity::Generate(random);
  FileKey file_key = FileKey::Generate(random);
  const Recipient recipients[] = {Identity::Generate(random).recipient(), identity.recipient()};
  auto header = AgeHeader::Create(recipients, file_key, random);
  CHECK(header.has_value());
  return {std::move(identity), std::move(file_key), *std::move(header)};
}

TEST(AgeHeader, RefusesAnyByteChanged) {
  const Sealed sealed = MakeHeader(1);
  for (std::size_t i = 0; i < sealed.header.encoded().size(); ++i) {
    for (const int flip : {0x01, 0x20, 0x80}) {
      Bytes raw = ToBytes(sealed.header.encoded());
      raw[i] = static_cast<std::uint8_t>(raw[i] ^ flip);
      const auto header = AgeHeader::Parse(raw);
      EXPECT_TRUE(!header || !header->Unwrap(sealed.identity)) << i;
      EXPECT_TRUE(!header || !header->VerifyMac(sealed.file_key)) << i;
    }
  }
}

TEST(AgeHeader, RefusesAHeaderCutAtAnyByteOrWithMore) {
  const Sealed sealed = MakeHeader(2);
  const ByteSpan raw = sealed.header.encoded();
  for (std::size_t size = 0; size < raw.size(); ++size) {
    const auto code = AgeHeader::ParseFront(raw.first(size)).error().code();
    EXPECT_EQ(code, ErrorCode::kMalformed) << size;
  }
  EXPECT_EQ(AgeHeader::Parse(Concat({raw, AsBytes("x")})).error().code(), ErrorCode::kMalformed);
  EXPECT_TRUE(AgeHeader::ParseFront(Concat({raw, AsBytes("x")})));
}

TEST(AgeHeader, TellsNoMatchFromAWrongMac) {
  const Sealed sealed = MakeHeader(3);
  const Sealed other = MakeHeader(4);
  const auto no_match = sealed.header.Unwrap(other.identity);
  EXPECT_EQ(FailureOfUnwrap(no_match.error()), AgeFailure::kNoMatch);
  EXPECT_EQ(sealed.header.VerifyMac(other.file_key).error().code(), ErrorCode::kUntrusted);
  // Another stanza in front is noticed by the MAC, whoever's it is.
  std::string text(AsText(sealed.header.encoded()));
  text.insert(text.find("-> "), "-> some-grease x y\n\n");
  const auto added = AgeHeader::Parse(AsBytes(text));
  ASSERT_TRUE(added) << added.error().message();
  EXPECT_EQ(FailureOfUnwrap(added->Unwrap(sealed.identity).error()), AgeFailure::kHmac);
}

TEST(AgeHeader, RefusesWhatTheGrammarDoesNotHave) {
  const std::string version = "age-encryption.org/v1\n";
  const std::string end = "--- AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n";
  const std::string line(64, 'A');
  EXPECT_TRUE(AgeHeader::Parse(AsBytes(version + "-> t\n\n" + end)));
  EXPECT_TRUE(AgeHeader::Parse(AsBytes(version + "-> t ! ~\n" + line + "\n\n" + end)));
  for (const std::string& bad : std::vector<std::string>{version + end,
                                                         version + "-> \n\n" + end,
                                                         version + "->\n\n" + end,
                                                         version + "->t\n\n" + end,
                                                         version + "->  t\n\n" + end,
                                                         version + "-> t \n\n" + end,
                                                         version + "-> t\ta\n\n" + end,
                                                         version + "-> t\r\n\n" + end,
                                                         version + "-> t\xC3\xA9\n\n" + end,
                                                         version + "-> t\n" + line + "\n" + end,
                                                         version + "-> t\n" + line + "A\n\n" + end,
                                                         version + "-> t\nAA==\n" + end,
                                                         version + "-> t\nAB\n" + end,
                                                         version + "-> t\nA\n" + end,
                                                         version + "-> t\n\n\n" + end,
                                                         version + "-> t\n\n---" + end.substr(4),
                                                         version + "-> t\n\n" + end.substr(0, 46) + "\n",
                                                         version + "-> t\n\n" + end.substr(0, 46) + "B\n",
                                                         version + "-> t\n\n" + end.substr(0, 47) + "=\n",
                                                         version + "-> t\n\n" + end.substr(0, 47) + "\r\n",
                                                         version + "-> t\n\n--- \n",
                                                         version + "text\n" + end,
                                                         version + "-> t\n" + end}) {
    EXPECT_EQ(AgeHeader::Parse(AsBytes(bad)).error().code(), ErrorCode::kMalformed) << bad;
  }
  EXPECT_EQ(AgeHeader::Parse(AsBytes("age-encryption.org/v2\n-> t\n\n" + end)).error().code(), ErrorCode::kUnsupported);
}

TEST(AgeHeader, RefusesMoreThanItsLimits) {
  const std::string version = "age-encryption.org/v1\n";
  std::string stanzas;
  for (int i = 0; i < 65; ++i) stanzas += "-> t\n\n";
  EXPECT_EQ(AgeHeader::Parse(AsBytes(version + stanzas)).error().code(), ErrorCode::kLimit);
  EXPECT_EQ(AgeHeader::Parse(AsBytes(version + "-> " + std::string(5000, 't') + "\n\n")).error().code(),
            ErrorCode::kLimit);
  std::string body;
  for (int i = 0; i < 100; ++i) body += std::string(64, 'A') + "\n";
  EXPECT_EQ(AgeHeader::Parse(AsBytes(version + "-> t\n" + body)).error().code(), ErrorCode::kLimit);
  EXPECT_EQ(AgeHeader::Parse(AsBytes(version + std::string(70000, 'A'))).error().code(), ErrorCode::kLimit);
  const FileKey file_key = *FileKey::FromBytes(SecretBytes(16));
  EXPECT_EQ(FileKey::FromBytes(SecretBytes(15)).error().code(), ErrorCode::kMalformed);
  crypto::DeterministicRandom random(5);
  EXPECT_EQ(AgeHeader::Create({}, file_key, random).error().code(), ErrorCode::kUsage);
}

TEST(AgeHeader, RefusesToSealToAPointOfLowOrder) {
  crypto::DeterministicRandom random(6);
  const Recipient zero(*crypto::X25519PublicKey::FromBytes(Bytes(32, 0)));
  EXPECT_EQ(AgeHeader::Create(std::span(&zero, 1), FileKey::Generate(random), random).error().code(),
            ErrorCode::kUntrusted);
}

TEST(AgeHeader, RefusesPassphraseFilesByName) {
  const std::string end = "--- AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n";
  crypto::DeterministicRandom random(7);
  const Identity identity = Identity::Generate(random);
  const auto alone = AgeHeader::Parse(AsBytes("age-encryption.org/v1\n-> scrypt c2FsdA 10\n\n" + end));
  EXPECT_EQ(alone->Unwrap(identity).error().code(), ErrorCode::kUnsupported);
  const auto mixed = AgeHeader::Parse(AsBytes("age-encryption.org/v1\n-> scrypt c2FsdA 10\n\n-> x\n\n" + end));
  EXPECT_EQ(mixed->Unwrap(identity).error().code(), ErrorCode::kMalformed);
}

TEST(AgeHeader, WritesTheOneForm) {
  const Sealed sealed = MakeHeader(8);
  const auto parsed = AgeHeader::Parse(sealed.header.encoded());
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->Digest(), crypto::Sha256(sealed.header.encoded()));
  std::string written = "age-encryption.org/v1\n";
  for (const AgeStanza& stanza : parsed->stanzas()) written += WriteStanza(stanza);
  EXPECT_TRUE(AsText(sealed.header.encoded()).starts_with(written + "--- "));
  const auto file_key = parsed->Unwrap(sealed.identity);
  ASSERT_TRUE(file_key);
  EXPECT_EQ(ToHex(file_key->secret().ExposeSecret()), ToHex(sealed.file_key.secret().ExposeSecret()));
  EXPECT_EQ(WriteStanza({"t", {}, Bytes(48)}), "-> t\n" + std::string(64, 'A') + "\n\n");
}

}  // namespace
}  // namespace cloister::sealed

#include "sealed/age_keys.h"

#include <gtest/gtest.h>

#include "formats/bech32.h"

namespace cloister::sealed {
namespace {

// 32 bytes of 0x42, as the tests of filippo.io/age have it.
constexpr const char* kIdentity = "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX";

TEST(AgeKeys, RefusesOtherTextThanItsOwn) {
  crypto::DeterministicRandom random(1);
  const Identity identity = Identity::Generate(random);
  const std::string recipient = identity.recipient().ToText();
  const SecretBytes text = identity.ToText();
  const std::string secret(AsText(text.ExposeSecret()));
  std::string upper = recipient;
  for (char& c : upper) c = static_cast<char>(std::toupper(c));
  std::string lower = secret;
  for (char& c : lower) c = static_cast<char>(std::tolower(c));
  EXPECT_EQ(Recipient::FromText(upper).error().code(), ErrorCode::kUnsupported);
  EXPECT_EQ(Identity::FromText(lower).error().code(), ErrorCode::kUnsupported);
  EXPECT_EQ(Recipient::FromText(secret).error().code(), ErrorCode::kUnsupported);
  EXPECT_EQ(Identity::FromText(recipient).error().code(), ErrorCode::kUnsupported);
  for (const char* other : {"age1pq", "age1tag", "age1yubikey"}) {
    const std::string key = formats::EncodeBech32(other, Bytes(32, 1));
    EXPECT_EQ(Recipient::FromText(key).error().code(), ErrorCode::kUnsupported) << key;
  }
  EXPECT_EQ(Recipient::FromText(formats::EncodeBech32("age", Bytes(31, 1))).error().code(), ErrorCode::kMalformed);
  EXPECT_EQ(Recipient::FromText(formats::EncodeBech32("age", Bytes(33, 1))).error().code(), ErrorCode::kMalformed);
  EXPECT_EQ(Recipient::FromText(recipient + " ").error().code(), ErrorCode::kMalformed);
  EXPECT_EQ(Recipient::FromText("").error().code(), ErrorCode::kMalformed);
  EXPECT_EQ(Recipient::FromText(recipient.substr(1)).error().code(), ErrorCode::kMalformed);
}

TEST(AgeKeys, RoundTripsAsText) {
  crypto::DeterministicRandom random(2);
  const Identity identity = Identity::Generate(random);
  const SecretBytes text = identity.ToText();
  EXPECT_EQ(text.size(), 74u);
  EXPECT_EQ(identity.recipient().ToText().size(), 62u);
  const auto again = Identity::FromText(AsText(text.ExposeSecret()));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->recipient(), identity.recipient());
  EXPECT_EQ(*Recipient::FromText(identity.recipient().ToText()), identity.recipient());
}

TEST(AgeKeys, ReadsIdentityFiles) {
  const std::string good =
      std::string("# created: 2026-11-20\n# public key: age1…\n\n") + kIdentity + "\r\n" + kIdentity;
  const auto identities = ParseIdentities(SecretBytes::CopyOf(AsBytes(good)));
  ASSERT_TRUE(identities) << identities.error().message();
  EXPECT_EQ(identities->size(), 2u);
  EXPECT_EQ(ParseIdentities(SecretBytes::CopyOf(AsBytes("# none\n"))).error().code(), ErrorCode::kMalformed);
  const auto bad = ParseIdentities(SecretBytes::CopyOf(AsBytes(std::string(kIdentity) + "\nsecret\n")));
  EXPECT_EQ(bad.error().message(), "line 2: age identity: Bech32: expected a prefix and a separator '1'");
}

}  // namespace
}  // namespace cloister::sealed

#include "evidence/kbs.h"

#include <gtest/gtest.h>

namespace cloister::evidence {
namespace {

using formats::Json;

constexpr std::string_view kKey =
    R"({"alg":"ECDH-ES+A256KW","crv":"P-256","kty":"EC","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",)"
    R"("y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"})";

TEST(KbsReportData, IsTheDigestOfTheCanonicalRuntimeData) {
  const auto key = *token::TeePublicKey::FromJwk(*Json::Parse(kKey));
  const std::string canonical =
      R"({"additional-evidence":"{\"cloister\":{}}","nonce":"AAAA","tee-pubkey":)" + std::string(kKey) + "}";
  const auto expected = crypto::Sha384(AsBytes(canonical));
  const auto data = *KbsReportData("{\"cloister\":{}}", "AAAA", key);
  EXPECT_TRUE(Equal(ByteSpan(data).first(48), expected));
  EXPECT_EQ(ToHex(ByteSpan(data).last(16)), std::string(32, '0'));
  EXPECT_NE(*KbsReportData("", "AAAA", key), data);
  EXPECT_NE(*KbsReportData("{\"cloister\":{}}", "AAAB", key), data);
  EXPECT_TRUE(Equal(*KbsCpuDigest("{\"cloister\":{}}", "AAAA", key), expected));
}

TEST(KbsDeviceDigest, CoversNonceAndKeyAlone) {
  const auto key = *token::TeePublicKey::FromJwk(*Json::Parse(kKey));
  const std::string canonical = R"({"nonce":"AAAA","tee-pubkey":)" + std::string(kKey) + "}";
  EXPECT_TRUE(Equal(*KbsDeviceDigest("AAAA", key), crypto::Sha384(AsBytes(canonical))));
}

TEST(KbsInitDataDigest, IsOverTheExactBytesByItsOwnAlgorithm) {
  for (const auto& [name, size] : {std::pair{"sha256", 32u}, {"sha384", 48u}, {"sha512", 64u}}) {
    const std::string toml = std::string("version = \"0.1.0\"\nalgorithm = \"") + name + "\"\n[data]\n";
    EXPECT_EQ(KbsInitDataDigest(toml)->size(), size);
    EXPECT_NE(*KbsInitDataDigest(toml), *KbsInitDataDigest(toml + "\n"));
  }
  EXPECT_EQ(KbsInitDataDigest("version = \"0.1.0\"\nalgorithm = \"md5\"").error().code(), ErrorCode::kUnsupported);
  EXPECT_EQ(KbsInitDataDigest("version = \"0.2.0\"\nalgorithm = \"sha256\"").error().code(), ErrorCode::kUnsupported);
}

TEST(KbsReportData, HashesAsTrusteeDoes) {
  const Json json = Json::Object{{"b", 1}, {"a", "test"}, {"c", Json::Object{{"d", "e"}}}};
  EXPECT_EQ(ToHex(crypto::Sha384(AsBytes(*json.Canonical()))),
            "e71ce8e70d814ba6639c3612ebee0ff1f76f650f8dbb5e47157e0f3f525cd22c4597480a186427c813ca941da78870c3");
}

}  // namespace
}  // namespace cloister::evidence

#include "token/ear.h"

#include <gtest/gtest.h>

#include "base/file.h"

namespace cloister::token {
namespace {

using crypto::SignatureAlgorithm;
using crypto::SigningKey;
using formats::Json;

const Time kNow = *FromRfc3339("2026-11-01T00:00:00Z");

class EarToken : public testing::Test {
 protected:
  static Ear Made() {
    EarSubmod cpu;
    EXPECT_TRUE(cpu.trust.Set("hardware", 2));
    EXPECT_TRUE(cpu.trust.Set("executables", 33));
    cpu.policy_id = "default";
    cpu.policy_digest = crypto::Sha256(AsBytes("policy"));
    cpu.evidence = Json::Object{{"snp", Json::Object{{"measurement", "00"}}}};
    return {.issuer = "us",
            .issued_at = kNow,
            .expires_at = kNow + Seconds(300),
            .verifier_developer = "https://example.org",
            .verifier_build = "test",
            .nonce = ToBytes("nonce"),
            .submods = {{"cpu0", cpu}}};
  }
  EarExpectations Expected() const { return {.issuer = "us", .nonce = ToBytes("nonce"), .leeway = Seconds(0)}; }
  Result<VerifiedEar> Verify(const std::string& token, const EarExpectations& expected, Time now = kNow) const {
    const NamedJwk named{ToBase64Url(JwkThumbprint(key_.Public())), key_.Public()};
    return VerifyEar(token, std::span(&named, 1), expected, now);
  }
  // The token again with changed claims, well signed.
  Result<VerifiedEar> VerifyClaims(const Json& claims) const {
    return Verify(SignJwt(key_, {.type = "JWT", .key_id = "", .chain = {}}, claims), Expected());
  }
  const SigningKey key_ = SigningKey::Generate(SignatureAlgorithm::kEs256);
};

TEST_F(EarToken, SaysWhatWasAppraised) {
  const Result<VerifiedEar> ear = Verify(*SignEar(key_, Made()), Expected());
  ASSERT_TRUE(ear) << ear.error().ToText();
  EXPECT_EQ(ear->Status(), EarStatus::kWarning);
  const EarSubmod& cpu = ear->ear().submods.at("cpu0");
  EXPECT_EQ(cpu.Status(), EarStatus::kWarning);
  EXPECT_EQ(cpu.trust.Get("hardware"), 2);
  EXPECT_EQ(cpu.trust.Get("configuration"), std::nullopt);
  EXPECT_EQ(*cpu.policy_digest, crypto::Sha256(AsBytes("policy")));
  EXPECT_EQ(*(**cpu.evidence.GetObject("snp")).GetString("measurement"), "00");
  EXPECT_EQ(*ear->claims().GetString("eat_profile"), kTrusteeProfile);
  EXPECT_EQ(*(**ear->claims().At("/submods/cpu0")).GetString("ear.status"), "warning");
}

TEST_F(EarToken, RefusesFlipsOtherKeysTimesAndNonces) {
  const std::string token = *SignEar(key_, Made());
  for (std::size_t i = 0; i < token.size(); i += 3) {
    std::string changed = token;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(Verify(changed, Expected()));
  }
  const SigningKey other = SigningKey::Generate(SignatureAlgorithm::kEs256);
  EXPECT_EQ(Verify(*SignEar(other, Made()), Expected()).error().code(), ErrorCode::kUntrusted);
  EXPECT_EQ(Verify(token, Expected(), kNow + Seconds(300)).error().code(), ErrorCode::kExpired);
  EXPECT_EQ(Verify(token, Expected(), kNow - Seconds(1)).error().code(), ErrorCode::kExpired);
  EarExpectations expected = Expected();
  expected.nonce = ToBytes("another");
  EXPECT_EQ(Verify(token, expected).error().code(), ErrorCode::kMismatch);
  expected = Expected();
  expected.issuer = "them";
  EXPECT_EQ(Verify(token, expected).error().code(), ErrorCode::kMismatch);
  Ear without = Made();
  without.nonce.clear();
  EXPECT_EQ(Verify(*SignEar(key_, without), Expected()).error().code(), ErrorCode::kMismatch);
}

TEST_F(EarToken, RefusesStatusesBetterThanTheirTrustVector) {
  const Json claims = Verify(*SignEar(key_, Made()), Expected())->claims();
  const auto with = [&](std::string_view member, Json value) {
    Json changed = claims;
    Json submods = **changed.GetObject("submods");
    Json cpu = **submods.GetObject("cpu0");
    cpu.Set(member, std::move(value));
    submods.Set("cpu0", std::move(cpu));
    changed.Set("submods", std::move(submods));
    return VerifyClaims(changed);
  };
  EXPECT_EQ(with("ear.status", "affirming").error().code(), ErrorCode::kMalformed);
  EXPECT_EQ(with("ear.status", "good").error().code(), ErrorCode::kMalformed);
  EXPECT_EQ(with("ear.status", "contraindicated")->Status(), EarStatus::kContraindicated);
  EXPECT_FALSE(with("ear.trustworthiness-vector", Json::Object{{"hardware", 128}}));
  EXPECT_FALSE(with("ear.trustworthiness-vector", Json::Object{{"unknown", 2}}));
  EXPECT_FALSE(with("ear.trustworthiness-vector", Json::Object{{"hardware", 2.0}}));
  EXPECT_FALSE(with("ear.cloister.policy-sha256", "00"));
  Json changed = claims;
  changed.Set("eat_profile", "other");
  EXPECT_EQ(VerifyClaims(changed).error().code(), ErrorCode::kUnsupported);
  changed = claims;
  changed.Set("submods", Json::Object{});
  EXPECT_EQ(VerifyClaims(changed).error().code(), ErrorCode::kMalformed);
  changed.Remove("submods");
  EXPECT_EQ(VerifyClaims(changed).error().code(), ErrorCode::kMalformed);
}

TEST_F(EarToken, SignsOnlyWhatMakesSense) {
  Ear ear = Made();
  ear.submods.clear();
  EXPECT_EQ(SignEar(key_, ear).error().code(), ErrorCode::kUsage);
  ear = Made();
  ear.expires_at = ear.issued_at;
  EXPECT_EQ(SignEar(key_, ear).error().code(), ErrorCode::kUsage);
  ear = Made();
  ear.submods["cpu0"].evidence = nullptr;
  EXPECT_EQ(SignEar(key_, ear).error().code(), ErrorCode::kUsage);
}

TEST_F(EarToken, ReadsClaimsOfTrusteeAndVeraison) {
  const JwtExpectations jwt_expected{.issuer = std::nullopt,
                                     .audience = std::nullopt,
                                     .expiry = JwtExpectations::Expiry::kOptional,
                                     .leeway = Seconds(0)};
  struct Case {
    const char* path;
    EarStatus status;
  };
  for (const Case& each : {Case{"trustee/ear/example.token.json", EarStatus::kContraindicated},
                           Case{"eat/ear-claims-tv-ok/claims.json", EarStatus::kAffirming}}) {
    const Result<std::string> text =
        ReadTextFile(std::string(CLOISTER_SHARED_DIR) + "/vectors/" + each.path, std::size_t{1} << 20);
    if (!text) GTEST_SKIP() << "shared vectors are absent";
    const Result<Json> claims = Json::Parse(*text);
    ASSERT_TRUE(claims) << each.path << ": " << claims.error().ToText();
    const std::string token = SignJwt(key_, {.type = "JWT", .key_id = "", .chain = {}}, *claims);
    const Result<VerifiedJwt> jwt = VerifyJwt(token, key_.Public(), jwt_expected, FromUnixSeconds(1760426200));
    ASSERT_TRUE(jwt) << each.path << ": " << jwt.error().ToText();
    const Result<VerifiedEar> ear =
        ReadEar(*jwt, {.issuer = std::nullopt, .nonce = std::nullopt, .leeway = Seconds(0)});
    ASSERT_TRUE(ear) << each.path << ": " << ear.error().ToText();
    EXPECT_EQ(ear->Status(), each.status) << each.path;
  }
}

TEST(TrustVector, TiersFollowTheBands) {
  using enum EarStatus;
  const std::pair<int, EarStatus> cases[] = {{0, kNone},
                                             {1, kNone},
                                             {-1, kNone},
                                             {2, kAffirming},
                                             {31, kAffirming},
                                             {-2, kAffirming},
                                             {-32, kAffirming},
                                             {32, kWarning},
                                             {95, kWarning},
                                             {-33, kWarning},
                                             {-96, kWarning},
                                             {96, kContraindicated},
                                             {127, kContraindicated},
                                             {-97, kContraindicated},
                                             {-128, kContraindicated}};
  for (const auto& [value, tier] : cases) EXPECT_EQ(*EarStatusOf(value), tier) << value;
  EXPECT_EQ(EarStatusOf(128).error().code(), ErrorCode::kMalformed);
  EXPECT_EQ(EarStatusOf(-129).error().code(), ErrorCode::kMalformed);
  TrustVector vector;
  EXPECT_EQ(vector.Status(), kNone);
  EXPECT_FALSE(vector.Set("hardware", 300));
  EXPECT_FALSE(vector.Set("nothing", 2));
  EXPECT_TRUE(vector.Set("hardware", 2));
  EXPECT_EQ(vector.Status(), kAffirming);
  EXPECT_TRUE(vector.Set("configuration", 97));
  EXPECT_EQ(vector.Status(), kContraindicated);
}

}  // namespace
}  // namespace cloister::token

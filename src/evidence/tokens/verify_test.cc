#include "evidence/tokens/verify.h"

#include "evidence/tokens/testing.h"

namespace cloister::evidence {
namespace {

using formats::Json;

std::string Text(const VerifiedToken& token, std::string_view name) {
  const auto text = token.Claims().GetString(name);
  return text ? *text : "(" + text.error().ToText() + ")";
}

TEST(Tokens, EveryServicesGoodTokenVerifies) {
  for (const TokenService service : kEveryService) {
    const auto token = VerifyTest(service, TestService(service).Token(TestToken()));
    ASSERT_TRUE(token) << token.error().ToText();
    EXPECT_EQ(Text(*token, "attested_by"), TokenServiceName(service));
    EXPECT_EQ(Text(*token, "token_issuer"), TestService(service).name());
    EXPECT_EQ(Text(*token, "token_issued"), "2026-03-15T00:00:00Z");
    EXPECT_EQ(Text(*token, "token_expires"), "2026-03-15T00:05:00Z");
    EXPECT_EQ(token->Claims().GetBool("simulated").has_value(), true);
    EXPECT_TRUE(*token->Claims().GetBool("simulated"));
  }
}

TEST(Tokens, ClaimsAreInOurVocabulary) {
  const auto azure = VerifyTest(TokenService::kAzure, TestService(TokenService::kAzure).Token(TestToken()));
  EXPECT_EQ(Text(*azure, "tee"), "az-snp-vtpm");
  EXPECT_EQ(Text(*azure, "measurement"), TestToken().measurement);
  EXPECT_EQ(Text(*azure, "report_data"), TestToken().report_data);
  EXPECT_EQ(Text(*azure, "init_data"), std::string(64, '0'));
  EXPECT_EQ(Text(*azure, "x-ms-ver"), "1.0");
  const auto intel = VerifyTest(TokenService::kIntel, TestService(TokenService::kIntel).Token(TestToken()));
  EXPECT_EQ(Text(*intel, "tee"), "tdx");
  EXPECT_EQ(Text(*intel, "tcb_status"), "UpToDate");
  EXPECT_EQ(intel->Claims().GetStrings("advisory_ids")->front(), "INTEL-SA-00960");
  const auto google = VerifyTest(TokenService::kGoogle, TestService(TokenService::kGoogle).Token(TestToken()));
  EXPECT_EQ(Text(*google, "tee"), "tdx");
  EXPECT_EQ(Text(*google, "image_digest"), "sha256:" + std::string(64, 'c'));
  EXPECT_FALSE(*google->Claims().GetBool("debug"));
  const auto nvidia = VerifyTest(TokenService::kNvidia, TestService(TokenService::kNvidia).Token(TestToken()));
  EXPECT_EQ(Text(*nvidia, "tee"), "nvidia-gpu");
  EXPECT_EQ(Text(*nvidia, "service_verdict"), "affirming");
  EXPECT_EQ(Text(*nvidia, "hardware_id"), "1234567890");
  EXPECT_EQ(*(*nvidia->Claims().GetObject("devices"))->Find("GPU-0")->GetString("hwmodel"), "GH100 SIMULATED");
}

TEST(Tokens, TrusteesClaimsHaveItsPlacesToo) {
  const auto token = VerifyTest(TokenService::kTrustee, TestService(TokenService::kTrustee).Token(TestToken()));
  EXPECT_EQ(Text(*token, "tee"), "snp");
  EXPECT_EQ(Text(*token, "measurement"), TestToken().measurement);
  EXPECT_EQ(*(*token->Claims().GetObject("snp"))->GetString("measurement"), TestToken().measurement);
  EXPECT_TRUE(token->Claims().At("/submods/cpu0/ear.veraison.annotated-evidence/snp").has_value());
  const auto veraison = VerifyTest(TokenService::kVeraison, TestService(TokenService::kVeraison).Token(TestToken()));
  EXPECT_EQ(Text(*veraison, "tee"), "cca");
  EXPECT_EQ(Text(*veraison, "service_verdict"), "affirming");
}

TEST(Tokens, AVerdictThatSaysNoIsAClaimAndNotAnError) {
  SimulatedTokenOptions bad = TestToken();
  bad.good = false;
  for (const TokenService service : {TokenService::kTrustee, TokenService::kVeraison, TokenService::kNvidia}) {
    const auto token = VerifyTest(service, TestService(service).Token(bad));
    ASSERT_TRUE(token) << token.error().ToText();
    EXPECT_EQ(Text(*token, "service_verdict"), "contraindicated");
  }
}

TEST(Tokens, EveryByteOfATokenIsCovered) {
  for (const TokenService service : kEveryService) {
    const std::string good = TestService(service).Token(TestToken());
    for (std::size_t i = 0; i < good.size(); i += 7) {
      std::string bad = good;
      bad[i] = static_cast<char>(bad[i] ^ 1);
      EXPECT_FALSE(VerifyTest(service, bad)) << TokenServiceName(service) << ", byte " << i;
    }
    for (std::size_t length = 0; length < good.size(); length += 11) {
      EXPECT_FALSE(VerifyTest(service, good.substr(0, length))) << TokenServiceName(service) << ", cut at " << length;
    }
  }
}

TEST(Tokens, AnotherKeyOfTheSameKidIsRefused) {
  for (const TokenService service : kEveryService) {
    const auto other = SimulatedTokenService::Make(service, kTokenNow, kTokenNow + Seconds(60));
    if (service == TokenService::kNvidia) continue;  // its bundle is tested in pitfalls
    const Json header = Json::Object{{"alg", crypto::SignatureAlgorithmName(other.key().algorithm())},
                                     {"kid", TestService(service).key_id()}};
    const std::string token = other.SignWithHeader(header, TestService(service).Claims(TestToken()));
    EXPECT_EQ(CodeOf(VerifyTest(service, token)), ErrorCode::kUntrusted) << TokenServiceName(service);
  }
}

TEST(Tokens, ExpiredAndNotYetValidTokensAreRefused) {
  for (const TokenService service : kEveryService) {
    const auto& simulated = TestService(service);
    const std::string token = simulated.Token(TestToken());
    const auto expected = ExpectingToken(service);
    EXPECT_EQ(CodeOf(VerifyToken(token, simulated.Issuer(), expected, kTokenNow + Seconds(330))), ErrorCode::kExpired);
    EXPECT_EQ(CodeOf(VerifyToken(token, simulated.Issuer(), expected, kTokenNow - Seconds(31))), ErrorCode::kExpired);
    EXPECT_TRUE(VerifyToken(token, simulated.Issuer(), expected, kTokenNow + Seconds(329)));
  }
}

TEST(Tokens, ATokenWithALongLifeIsStaleAfterTheMaximumAge) {
  SimulatedTokenOptions long_lived = TestToken();
  long_lived.lifetime = Seconds(86400);
  for (const TokenService service : kEveryService) {
    const std::string token = TestService(service).Token(long_lived);
    const auto late = VerifyToken(token, TestService(service).Issuer(), ExpectingToken(service), kTokenNow + Seconds(331));
    EXPECT_EQ(CodeOf(late), ErrorCode::kStale) << TokenServiceName(service);
  }
}

TEST(Tokens, AReplayedNonceIsRefused) {
  for (const TokenService service : kEveryService) {
    const auto& simulated = TestService(service);
    const std::string token = simulated.Token(TestToken());
    TokenExpectations expected = ExpectingToken(service);
    expected.nonce = ExpectedNonce::InEvidence("the-next-nonce");
    EXPECT_EQ(CodeOf(VerifyToken(token, simulated.Issuer(), expected, kTokenNow)), ErrorCode::kMismatch);
    expected.nonce = ExpectedNonce::InEvidence("");
    EXPECT_EQ(CodeOf(VerifyToken(token, simulated.Issuer(), expected, kTokenNow)), ErrorCode::kMismatch);
    expected.nonce = ExpectedNonce::NotLookedAt();
    EXPECT_TRUE(VerifyToken(token, simulated.Issuer(), expected, kTokenNow));
  }
}

TEST(Tokens, TheServicesNonceIsNotTheMachines) {
  for (const TokenService service : {TokenService::kAzure, TokenService::kIntel}) {
    const auto& simulated = TestService(service);
    const std::string token = simulated.Token(TestToken());
    TokenExpectations expected = ExpectingToken(service);
    expected.nonce = ExpectedNonce::InToken("service:" + TestToken().nonce);
    EXPECT_TRUE(VerifyToken(token, simulated.Issuer(), expected, kTokenNow));
    expected.nonce = ExpectedNonce::InEvidence("service:" + TestToken().nonce);
    EXPECT_EQ(CodeOf(VerifyToken(token, simulated.Issuer(), expected, kTokenNow)), ErrorCode::kMismatch);
  }
}

TEST(Tokens, DebuggingIsRefusedUnlessLeftToThePolicy) {
  SimulatedTokenOptions debuggable = TestToken();
  debuggable.debug = true;
  for (const TokenService service : kEveryService) {
    if (service == TokenService::kVeraison) continue;
    const auto& simulated = TestService(service);
    const std::string token = simulated.Token(debuggable);
    TokenExpectations expected = ExpectingToken(service);
    EXPECT_EQ(CodeOf(VerifyToken(token, simulated.Issuer(), expected, kTokenNow)), ErrorCode::kMismatch);
    expected.debug = TokenDebug::kLeftToPolicy;
    const auto verified = VerifyToken(token, simulated.Issuer(), expected, kTokenNow);
    ASSERT_TRUE(verified) << verified.error().ToText();
    EXPECT_TRUE(*verified->Claims().GetBool("debug"));
  }
}

TEST(Tokens, ATokenThatDoesNotSpeakOfDebuggingIsNoTokenWithoutIt) {
  TokenExpectations expected = ExpectingToken(TokenService::kVeraison);
  expected.debug = TokenDebug::kMustBeOff;
  const auto& veraison = TestService(TokenService::kVeraison);
  EXPECT_EQ(CodeOf(VerifyToken(veraison.Token(TestToken()), veraison.Issuer(), expected, kTokenNow)),
            ErrorCode::kMismatch);
}

TEST(Tokens, SignersByCertificateNeedTheGivenRoot) {
  for (const TokenService service : {TokenService::kTrustee, TokenService::kVeraison, TokenService::kGoogle}) {
    const auto& simulated = TestService(service);
    const std::string token = simulated.SignWithChain(simulated.Claims(TestToken()));
    const auto expected = ExpectingToken(service);
    EXPECT_TRUE(VerifyToken(token, simulated.IssuerByRoot(), expected, kTokenNow));
    const auto other = SimulatedTokenService::Make(service, kTokenNow - Seconds(60), kTokenNow + Seconds(60));
    EXPECT_EQ(CodeOf(VerifyToken(token, other.IssuerByRoot(), expected, kTokenNow)), ErrorCode::kUntrusted);
    // Its certificate ends before the token does.
    const auto later = kTokenNow + std::chrono::days(2);
    SimulatedTokenOptions fresh = TestToken();
    fresh.now = later;
    const std::string outlived = simulated.SignWithChain(simulated.Claims(fresh));
    EXPECT_EQ(CodeOf(VerifyToken(outlived, simulated.IssuerByRoot(), expected, later)), ErrorCode::kExpired);
  }
}

TEST(Tokens, IntelsCompositeTokensAreRead) {
  const auto& intel = TestService(TokenService::kIntel);
  const Json flat = intel.Claims(TestToken());
  Json inner = Json::Object{};
  Json claims = Json::Object{};
  for (const auto& [name, value] : **flat.AsObject()) {
    const bool outside = name == "iss" || name == "iat" || name == "nbf" || name == "exp";
    (outside ? claims : inner).Set(name, value);
  }
  claims.Set("tdx", inner);
  const Json gpu = Json::Object{{"x-nvidia-overall-att-result", true},
                                {"claim_details", Json::Object{{"GPU-0", Json::Object{{"dbgstat", "disabled"}}}}}};
  claims.Set("nvgpu", gpu);
  const auto good = VerifyTest(TokenService::kIntel, intel.Sign(claims));
  ASSERT_TRUE(good) << good.error().ToText();
  EXPECT_EQ(Text(*good, "measurement"), TestToken().measurement);
  EXPECT_EQ(Text(*good, "service_verdict"), "affirming");
  Json debuggable = claims;
  debuggable.Set("nvgpu", Json::Object{{"x-nvidia-overall-att-result", true},
                                       {"claim_details", Json::Object{{"GPU-0", Json::Object{{"dbgstat", "enabled"}}}}}});
  EXPECT_EQ(CodeOf(VerifyTest(TokenService::kIntel, intel.Sign(debuggable))), ErrorCode::kMismatch);
  claims.Set("sgx", inner);  // of which of the two?
  EXPECT_EQ(CodeOf(VerifyTest(TokenService::kIntel, intel.Sign(claims))), ErrorCode::kUnsupported);
}

}  // namespace
}  // namespace cloister::evidence

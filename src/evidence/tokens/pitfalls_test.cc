// Known ways to take tokens that nobody signed for us, each refused for every service (docs/pitfalls.md).
#include "crypto/mac.h"
#include "evidence/tokens/detached_eat.h"
#include "evidence/tokens/testing.h"
#include "formats/pem.h"

namespace cloister::evidence {
namespace {

using formats::Json;

std::string Encoded(const Json& json) { return ToBase64Url(AsBytes(json.Dump())); }

// NVIDIA's token of one device.
const std::string& Device() {
  static const auto* const token =
      new std::string(TestService(TokenService::kNvidia).Sign(TestService(TokenService::kNvidia).Claims(TestToken())));
  return *token;
}

// Of NVIDIA the overall token of its bundle is what an attacker would replace; of the others, the token.
std::string Whole(TokenService service, const std::string& jwt) {
  if (service != TokenService::kNvidia) return jwt;
  return Json(Json::Array{Json::Array{"JWT", jwt}, Json::Object{{"GPU-0", Device()}}}).Dump();
}

// The claims of that token.
Json ClaimsOf(TokenService service) {
  const auto& simulated = TestService(service);
  if (service != TokenService::kNvidia) return simulated.Claims(TestToken());
  return simulated.OverallClaims({{"GPU-0", Device()}}, TestToken());
}

Json With(Json claims, std::string_view name, Json value) {
  claims.Set(name, std::move(value));
  return claims;
}

Json Without(Json claims, std::string_view name) {
  claims.Remove(name);
  return claims;
}

ErrorCode CodeOfClaims(TokenService service, const Json& claims) {
  return CodeOf(VerifyTest(service, Whole(service, TestService(service).Sign(claims))));
}

// The service's own header with a member set.
Json HeaderWith(TokenService service, std::string_view name, Json value) {
  const auto& simulated = TestService(service);
  Json header =
      Json::Object{{"alg", crypto::SignatureAlgorithmName(simulated.key().algorithm())}, {"kid", simulated.key_id()}};
  header.Set(name, std::move(value));
  return header;
}

TEST(TokenPitfalls, AlgNone) {
  for (const TokenService service : kEveryService) {
    for (const char* none : {"none", "None", "NONE", "nOnE", ""}) {
      const std::string text = Encoded(HeaderWith(service, "alg", none)) + "." + Encoded(ClaimsOf(service)) + ".";
      EXPECT_EQ(CodeOf(VerifyTest(service, Whole(service, text))), ErrorCode::kUntrusted)
          << TokenServiceName(service) << none;
      // With a signature that would hold, too.
      const std::string signed_text =
          TestService(service).SignWithHeader(HeaderWith(service, "alg", none), ClaimsOf(service));
      EXPECT_EQ(CodeOf(VerifyTest(service, Whole(service, signed_text))), ErrorCode::kUntrusted);
    }
  }
}

TEST(TokenPitfalls, PublicKeyTakenForAnHmacKey) {
  for (const TokenService service : kEveryService) {
    const std::string text = Encoded(HeaderWith(service, "alg", "HS256")) + "." + Encoded(ClaimsOf(service));
    const auto public_key = TestService(service).key().Public();
    for (const Bytes& secret :
         {public_key.SpkiDer(), ToBytes(formats::EncodePem("PUBLIC KEY", public_key.SpkiDer()))}) {
      const std::string token = text + "." + ToBase64Url(crypto::HmacSha256(secret, AsBytes(text)));
      EXPECT_EQ(CodeOf(VerifyTest(service, Whole(service, token))), ErrorCode::kUntrusted) << TokenServiceName(service);
    }
  }
}

TEST(TokenPitfalls, AlgorithmOfTheHeaderInsteadOfTheKeys) {
  for (const TokenService service : kEveryService) {
    for (const char* other : {"RS256", "RS384", "PS256", "PS384", "ES256", "ES384", "ES512", "EdDSA", "ES256K"}) {
      if (other == crypto::SignatureAlgorithmName(TestService(service).key().algorithm())) continue;
      const std::string token =
          TestService(service).SignWithHeader(HeaderWith(service, "alg", other), ClaimsOf(service));
      EXPECT_EQ(CodeOf(VerifyTest(service, Whole(service, token))), ErrorCode::kUntrusted) << other;
    }
  }
}

TEST(TokenPitfalls, KeysThatTheHeaderBringsOrPointsTo) {
  for (const TokenService service : kEveryService) {
    const auto attacker = SimulatedTokenService::Make(service, kTokenNow - Seconds(60), kTokenNow + Seconds(60));
    const Json x5c = Json::Array{ToBase64(attacker.leaf().Der())};
    Json jwk = token::JwkOf(attacker.key().Public());
    jwk.Set("alg", crypto::SignatureAlgorithmName(attacker.key().algorithm()));
    jwk.Set("x5c", x5c);
    for (const auto& [name, value] : {std::pair<const char*, Json>{"jwk", jwk},
                                      {"x5c", x5c},
                                      {"jku", "https://attacker.example/keys"},
                                      {"x5u", "https://attacker.example/chain"}}) {
      for (const bool with_kid : {true, false}) {
        Json header = HeaderWith(service, name, value);
        if (!with_kid) header.Remove("kid");
        const std::string token = attacker.SignWithHeader(header, ClaimsOf(service));
        EXPECT_EQ(CodeOf(VerifyTest(service, Whole(service, token))), ErrorCode::kUntrusted)
            << TokenServiceName(service) << name;
      }
    }
  }
}

// `kid` chooses among our keys and is no path, address or query.
TEST(TokenPitfalls, KidThatLeadsElsewhere) {
  for (const TokenService service : kEveryService) {
    for (const char* kid : {"../../etc/key", "https://attacker.example/key", "' OR '1'='1", "", "SIMULATED"}) {
      const std::string token = TestService(service).SignWithHeader(HeaderWith(service, "kid", kid), ClaimsOf(service));
      EXPECT_EQ(CodeOf(VerifyTest(service, Whole(service, token))), ErrorCode::kUntrusted) << kid;
    }
    const std::string number = TestService(service).SignWithHeader(HeaderWith(service, "kid", 1), ClaimsOf(service));
    EXPECT_EQ(CodeOf(VerifyTest(service, Whole(service, number))), ErrorCode::kMalformed);
  }
}

TEST(TokenPitfalls, SeveralSignaturesOrAnotherSerialization) {
  for (const TokenService service : kEveryService) {
    const std::string good = TestService(service).Sign(ClaimsOf(service));
    const std::string payload = good.substr(good.find('.') + 1, good.rfind('.') - good.find('.') - 1);
    const Json signature =
        Json::Object{{"protected", good.substr(0, good.find('.'))}, {"signature", good.substr(good.rfind('.') + 1)}};
    Json flattened = signature;
    flattened.Set("payload", payload);
    const Json general = Json::Object{{"payload", payload}, {"signatures", Json::Array{signature, signature}}};
    for (const std::string& token :
         {general.Dump(), flattened.Dump(), good + "." + good.substr(good.rfind('.') + 1), good + "." + good}) {
      EXPECT_FALSE(VerifyTest(service, Whole(service, token))) << TokenServiceName(service);
      EXPECT_FALSE(VerifyTest(service, token)) << TokenServiceName(service);
    }
  }
}

TEST(TokenPitfalls, CriticalHeadersAndUnencodedPayloads) {
  for (const TokenService service : kEveryService) {
    for (const auto& [name, value] : {std::pair<const char*, Json>{"crit", Json::Array{"exp"}}, {"b64", false}}) {
      const std::string token =
          TestService(service).SignWithHeader(HeaderWith(service, name, value), ClaimsOf(service));
      EXPECT_EQ(CodeOf(VerifyTest(service, Whole(service, token))), ErrorCode::kUnsupported) << name;
    }
  }
}

TEST(TokenPitfalls, OtherTextOfTheSameToken) {
  for (const TokenService service : kEveryService) {
    const std::string good = TestService(service).Sign(ClaimsOf(service));
    ASSERT_TRUE(VerifyTest(service, Whole(service, good)));
    for (const std::string& text :
         {good + "=", good + "\n", " " + good, good + "AAAA", good.substr(0, good.size() - 1)}) {
      EXPECT_FALSE(VerifyTest(service, Whole(service, text))) << TokenServiceName(service);
    }
  }
}

TEST(TokenPitfalls, AnotherIssuersTokenUnderTheSameKey) {
  for (const TokenService service : kEveryService) {
    for (const Json& issuer :
         {Json("https://attacker.example"), Json(TestService(service).name() + "/"), Json(""), Json(nullptr)}) {
      EXPECT_NE(CodeOfClaims(service, With(ClaimsOf(service), "iss", issuer)), ErrorCode::kInternal);
    }
    EXPECT_EQ(CodeOfClaims(service, Without(ClaimsOf(service), "iss")), ErrorCode::kMismatch);
  }
}

TEST(TokenPitfalls, OneServicesClaimsAsAnothers) {
  for (const TokenService service : kEveryService) {
    for (const TokenService other : kEveryService) {
      if (other == service) continue;
      Json claims = ClaimsOf(other);
      claims.Set("iss", TestService(service).name());
      EXPECT_NE(CodeOfClaims(service, claims), ErrorCode::kInternal)
          << TokenServiceName(service) << " of " << TokenServiceName(other);
    }
  }
}

TEST(TokenPitfalls, NonceThatIsMissingElsewhereOrPartOfAnother) {
  for (const TokenService service : {TokenService::kGoogle, TokenService::kNvidia, TokenService::kVeraison}) {
    const std::string nonce = ExpectingToken(service).nonce.value();
    for (const Json& other :
         {Json(nonce + "A"), Json(nonce.substr(0, nonce.size() - 1)), Json(""), Json(Json::Array{}), Json(1)}) {
      EXPECT_NE(CodeOfClaims(service, With(ClaimsOf(service), "eat_nonce", other)), ErrorCode::kInternal);
    }
    EXPECT_NE(CodeOfClaims(service, Without(ClaimsOf(service), "eat_nonce")), ErrorCode::kInternal);
  }
  // Beside the evidence, where the service only repeats what it was asked with, it shows nothing about the machine.
  for (const TokenService service : {TokenService::kTrustee, TokenService::kAzure, TokenService::kIntel}) {
    SimulatedTokenOptions old = TestToken();
    old.nonce = "an-older-nonce";
    Json claims = TestService(service).Claims(old);
    claims.Set("nonce", TestToken().nonce);
    claims.Set("eat_nonce", TestToken().nonce);
    claims.Set("verifier_nonce", Json::Object{{"val", TestToken().nonce}});
    EXPECT_EQ(CodeOfClaims(service, claims), ErrorCode::kMismatch) << TokenServiceName(service);
  }
}

TEST(TokenPitfalls, AudienceThatNobodyComparesOrAnothers) {
  const auto service = TokenService::kGoogle;
  for (const Json& audience :
       {Json("https://attacker.example"), Json(Json::Array{"https://attacker.example"}), Json(Json::Array{}),
        Json(TestToken().audience + "/"), Json(Json::Object{{TestToken().audience, true}})}) {
    EXPECT_EQ(CodeOfClaims(service, With(ClaimsOf(service), "aud", audience)), ErrorCode::kMismatch) << audience.Dump();
  }
  EXPECT_EQ(CodeOfClaims(service, Without(ClaimsOf(service), "aud")), ErrorCode::kMismatch);
  TokenExpectations none = ExpectingToken(service);
  none.audience = ExpectedAudience::NoneDemanded();
  const auto& google = TestService(service);
  EXPECT_EQ(CodeOf(VerifyToken(google.Token(TestToken()), google.Issuer(), none, kTokenNow)), ErrorCode::kUsage);
}

TEST(TokenPitfalls, DatesThatAreMissingFarAwayOrNoNumbers) {
  for (const TokenService service : kEveryService) {
    const Json claims = ClaimsOf(service);
    EXPECT_EQ(CodeOfClaims(service, Without(claims, "exp")), ErrorCode::kExpired);
    EXPECT_NE(CodeOfClaims(service, Without(claims, "iat")), ErrorCode::kInternal);
    const std::int64_t now = ToUnixSeconds(kTokenNow);
    EXPECT_EQ(CodeOfClaims(service, With(claims, "exp", now - 31)), ErrorCode::kExpired);
    EXPECT_EQ(CodeOfClaims(service, With(claims, "nbf", now + 31)), ErrorCode::kExpired);
    EXPECT_EQ(CodeOfClaims(service, With(claims, "iat", now + 31)), ErrorCode::kExpired);
    EXPECT_EQ(CodeOfClaims(service, With(claims, "iat", now - 331)), ErrorCode::kStale);
    for (const char* name : {"exp", "nbf", "iat"}) {
      for (const Json& no_date : {Json("1773532800"), Json(true), Json(Json::Array{now}), Json(-1), Json(1e300)}) {
        EXPECT_NE(CodeOfClaims(service, With(claims, name, no_date)), ErrorCode::kInternal) << name << no_date.Dump();
      }
    }
  }
}

TEST(TokenPitfalls, ClaimsTwice) {
  for (const TokenService service : kEveryService) {
    const auto& simulated = TestService(service);
    const std::string claims = ClaimsOf(service).Dump();
    const std::string twice = "{\"iss\":\"https://attacker.example\"," + claims.substr(1);
    const std::string text = Encoded(HeaderWith(service, "typ", "JWT")) + "." + ToBase64Url(AsBytes(twice));
    const std::string token = text + "." + ToBase64Url(simulated.key().Sign(AsBytes(text)));
    EXPECT_EQ(CodeOf(VerifyTest(service, Whole(service, token))), ErrorCode::kMalformed) << TokenServiceName(service);
  }
}

// A service says much; these words are this verifier's.
TEST(TokenPitfalls, ClaimsInOurVocabulary) {
  for (const TokenService service : kEveryService) {
    Json claims = ClaimsOf(service);
    for (const auto& [name, value] : {std::pair<const char*, Json>{"simulated", false},
                                      {"revocation", "checked"},
                                      {"root_sha256", std::string(64, '0')},
                                      {"attested_by", "us"},
                                      {"token_issuer", "https://attacker.example"},
                                      {"debug", false}}) {
      claims.Set(name, value);
    }
    const auto verified = VerifyTest(service, Whole(service, TestService(service).Sign(claims)));
    ASSERT_TRUE(verified) << verified.error().ToText();
    EXPECT_TRUE(*verified->Claims().GetBool("simulated"));
    EXPECT_EQ(*verified->Claims().GetString("revocation"), "not_checked");
    EXPECT_EQ(verified->Claims().Find("root_sha256"), nullptr);
    EXPECT_EQ(*verified->Claims().GetString("attested_by"), TokenServiceName(service));
    EXPECT_EQ(*verified->Claims().GetString("token_issuer"), TestService(service).name());
    EXPECT_EQ(verified->Claims().Find("debug") == nullptr, service == TokenService::kVeraison);  // says nothing of it
  }
}

TEST(TokenPitfalls, StatusBetterThanTheTrustVector) {
  for (const TokenService service : {TokenService::kTrustee, TokenService::kVeraison}) {
    Json claims = ClaimsOf(service);
    Json submods = *claims.Find("submods");
    const std::string name = (*submods.AsObject())->begin()->first;
    const auto with = [&](std::string_view status, Json vector) {
      Json submod = *submods.Find(name);
      submod.Set("ear.status", status);
      submod.Set("ear.trustworthiness-vector", std::move(vector));
      Json all = submods;
      all.Set(name, std::move(submod));
      return CodeOfClaims(service, With(claims, "submods", std::move(all)));
    };
    EXPECT_EQ(with("affirming", Json::Object{{"hardware", 32}}), ErrorCode::kMalformed);
    EXPECT_EQ(with("affirming", Json::Object{{"hardware", 2}, {"executables", 97}}), ErrorCode::kMalformed);
    EXPECT_EQ(with("warning", Json::Object{{"configuration", 96}}), ErrorCode::kMalformed);
    EXPECT_EQ(with("none", Json::Object{{"configuration", -97}}), ErrorCode::kMalformed);
  }
  // NVIDIA's overall result, over a device whose measurements failed.
  const auto& nvidia = TestService(TokenService::kNvidia);
  SimulatedTokenOptions bad = TestToken();
  bad.good = false;
  const std::string bundle = nvidia.Bundle({{"GPU-0", nvidia.Sign(nvidia.Claims(bad))}}, TestToken());
  EXPECT_EQ(CodeOf(VerifyTest(TokenService::kNvidia, bundle)), ErrorCode::kMalformed);
}

TEST(TokenPitfalls, SoftwareOtherThanConfidentialSpace) {
  const auto service = TokenService::kGoogle;
  for (const Json& name : {Json("GCE"), Json("confidential_space"), Json(Json::Array{"CONFIDENTIAL_SPACE"})}) {
    EXPECT_NE(CodeOfClaims(service, With(ClaimsOf(service), "swname", name)), ErrorCode::kInternal);
  }
  EXPECT_NE(CodeOfClaims(service, Without(ClaimsOf(service), "swname")), ErrorCode::kInternal);
  // What was enabled and is disabled now may have been looked into before (RFC 9711 §4.2.9).
  for (const char* debug : {"enabled", "disabled", ""}) {
    EXPECT_EQ(CodeOfClaims(service, With(ClaimsOf(service), "dbgstat", debug)), ErrorCode::kMismatch) << debug;
  }
}

// The bundle of NVIDIA's service, RFC 9711 §4.2.18.2.
class DetachedEatPitfalls : public testing::Test {
 protected:
  static std::string Device(const SimulatedTokenOptions& options = TestToken()) {
    return nvidia().Sign(nvidia().Claims(options));
  }
  static const SimulatedTokenService& nvidia() { return TestService(TokenService::kNvidia); }
  static std::string Bundle(const Json& overall_claims, const std::map<std::string, std::string>& devices) {
    Json tokens = Json::Object{};
    for (const auto& [name, jwt] : devices) tokens.Set(name, jwt);
    return Json(Json::Array{Json::Array{"JWT", nvidia().Sign(overall_claims)}, std::move(tokens)}).Dump();
  }
  static ErrorCode Code(const std::string& bundle) { return CodeOf(VerifyTest(TokenService::kNvidia, bundle)); }
  static Json Overall(const std::map<std::string, std::string>& devices) {
    return nvidia().OverallClaims(devices, TestToken());
  }
};

TEST_F(DetachedEatPitfalls, DeviceTokensThatTheOverallTokenDoesNotCover) {
  const std::string one = Device(), two = nvidia().Sign(With(nvidia().Claims(TestToken()), "ueid", "42"));
  const Json overall = Overall({{"GPU-0", one}, {"GPU-1", two}});
  ASSERT_TRUE(VerifyTest(TokenService::kNvidia, Bundle(overall, {{"GPU-0", one}, {"GPU-1", two}})));
  EXPECT_EQ(Code(Bundle(overall, {{"GPU-0", two}, {"GPU-1", one}})), ErrorCode::kMismatch);  // swapped
  EXPECT_EQ(Code(Bundle(overall, {{"GPU-0", one}, {"GPU-1", one}})), ErrorCode::kMismatch);  // one device for two
  EXPECT_EQ(Code(Bundle(overall, {{"GPU-0", one}})), ErrorCode::kMismatch);
  EXPECT_EQ(Code(Bundle(overall, {{"GPU-0", one}, {"GPU-1", two}, {"GPU-2", two}})), ErrorCode::kMismatch);
  EXPECT_NE(Code(Bundle(Without(overall, "submods"), {{"GPU-0", one}, {"GPU-1", two}})), ErrorCode::kInternal);
  EXPECT_NE(Code(Bundle(With(overall, "submods", Json::Object{}), {{"GPU-0", one}})), ErrorCode::kInternal);
}

TEST_F(DetachedEatPitfalls, DigestsOfAnotherFormOrFunction) {
  const std::string device = Device();
  const std::string hex = ToHex(crypto::Sha256(AsBytes(device)));
  const auto with = [&](Json claim) {
    return Code(Bundle(With(Overall({}), "submods", Json::Object{{"GPU-0", std::move(claim)}}), {{"GPU-0", device}}));
  };
  EXPECT_EQ(with(Json::Array{"DIGEST", Json::Array{"SHA-1", hex}}), ErrorCode::kUnsupported);
  EXPECT_EQ(with(Json::Array{"DIGEST", Json::Array{"sha-256", hex}}), ErrorCode::kUnsupported);
  EXPECT_EQ(with(Json::Array{"DIGEST", Json::Array{"SHA-256", hex.substr(0, 32)}}), ErrorCode::kMismatch);
  EXPECT_EQ(with(Json::Array{"DIGEST", Json::Array{"SHA-256", ""}}), ErrorCode::kMismatch);
  EXPECT_EQ(with(Json::Array{"JWT", device}), ErrorCode::kMalformed);  // nested instead of detached
  EXPECT_EQ(with(device), ErrorCode::kMalformed);
}

TEST_F(DetachedEatPitfalls, DeviceTokensThatAreOldUnsignedOrAnothers) {
  SimulatedTokenOptions old = TestToken();
  old.nonce = "an-older-nonce";
  EXPECT_EQ(Code(nvidia().Bundle({{"GPU-0", Device(old)}}, TestToken())), ErrorCode::kMismatch);
  old = TestToken();
  old.now = kTokenNow - Seconds(600);
  EXPECT_EQ(Code(nvidia().Bundle({{"GPU-0", Device(old)}}, TestToken())), ErrorCode::kExpired);
  const auto attacker = SimulatedTokenService::Make(TokenService::kNvidia, kTokenNow, kTokenNow + Seconds(60));
  const std::string forged =
      attacker.SignWithHeader(HeaderWith(TokenService::kNvidia, "typ", "JWT"), nvidia().Claims(TestToken()));
  EXPECT_EQ(Code(nvidia().Bundle({{"GPU-0", forged}}, TestToken())), ErrorCode::kUntrusted);
  const std::string unsigned_device =
      Encoded(Json::Object{{"alg", "none"}}) + "." + Encoded(nvidia().Claims(TestToken())) + ".";
  EXPECT_EQ(Code(nvidia().Bundle({{"GPU-0", unsigned_device}}, TestToken())), ErrorCode::kUntrusted);
}

TEST_F(DetachedEatPitfalls, BundlesOfAnotherShape) {
  const std::string device = Device();
  const std::string overall = nvidia().Sign(Overall({{"GPU-0", device}}));
  const Json typed = Json::Array{"JWT", overall}, devices = Json::Object{{"GPU-0", device}};
  ASSERT_TRUE(VerifyTest(TokenService::kNvidia, Json(Json::Array{typed, devices}).Dump()));
  for (const Json& bundle :
       {Json(Json::Array{typed}), Json(Json::Array{typed, devices, devices}), Json(Json::Array{devices, typed}),
        Json(Json::Array{Json(Json::Array{"CWT", overall}), devices}), Json(Json::Array{typed, Json(Json::Object{})}),
        Json(Json::Array{typed, Json(Json::Array{device})}),
        Json(Json::Array{typed, Json(Json::Object{{"GPU-0", Json(Json::Array{typed, devices})}})}), Json(overall)}) {
    EXPECT_NE(Code(bundle.Dump()), ErrorCode::kInternal) << bundle.Dump().substr(0, 20);
  }
  EXPECT_EQ(Code(overall), ErrorCode::kMalformed);
  std::map<std::string, std::string> many;
  for (int i = 0; i < 33; ++i) many.emplace("GPU-" + std::to_string(i), device);
  EXPECT_EQ(Code(Bundle(Overall(many), many)), ErrorCode::kMalformed);
}

TEST_F(DetachedEatPitfalls, NamesThatSayAnotherKindOfDevice) {
  for (const char* name : {"CPU-0", "gpu-0", ""})
    EXPECT_EQ(Code(nvidia().Bundle({{name, Device()}}, TestToken())), ErrorCode::kUnsupported) << name;
  EXPECT_EQ(Code(nvidia().Bundle({{"GPU-0", Device()}, {"SWITCH-0", Device()}}, TestToken())), ErrorCode::kUnsupported);
}

// Trustee casts what a policy gives to 8 bits, so that 258 counts as 2.
TEST(TrusteeDefects, Defect5_ClaimValuesAreNotCutToEightBits) {
  for (const TokenService service : {TokenService::kTrustee, TokenService::kVeraison}) {
    Json claims = ClaimsOf(service);
    Json submods = *claims.Find("submods");
    const std::string name = (*submods.AsObject())->begin()->first;
    for (const Json& value : {Json(258), Json(128), Json(-129), Json(-254), Json(std::int64_t{1} << 32 | 2), Json(2.5),
                              Json("2"), Json(true)}) {
      Json submod = *submods.Find(name);
      submod.Set("ear.trustworthiness-vector", Json::Object{{"hardware", value}});
      EXPECT_EQ(CodeOfClaims(service, With(claims, "submods", Json::Object{{name, std::move(submod)}})),
                ErrorCode::kMalformed)
          << value.Dump();
    }
    Json submod = *submods.Find(name);
    submod.Set("ear.trustworthiness-vector", Json::Object{{"no-such-claim", 2}});
    EXPECT_EQ(CodeOfClaims(service, With(claims, "submods", Json::Object{{name, std::move(submod)}})),
              ErrorCode::kMalformed);
  }
}

}  // namespace
}  // namespace cloister::evidence

#include "token/jwt.h"

#include <gtest/gtest.h>

#include "base/file.h"
#include "crypto/x509_builder.h"

namespace cloister::token {
namespace {

using crypto::SignatureAlgorithm;
using crypto::SigningKey;
using formats::Json;

const Time kNow = *FromRfc3339("2026-11-01T00:00:00Z");
const std::string kShared = std::string(CLOISTER_SHARED_DIR) + "/vectors/trustee/jwk/";

JwtExpectations Any() {
  return {.issuer = std::nullopt,
          .audience = std::nullopt,
          .expiry = JwtExpectations::Expiry::kRequired,
          .leeway = Seconds(0)};
}

class Jwt : public testing::Test {
 protected:
  Json Claims() const {
    return Json::Object{{"iss", "us"}, {"aud", Json::Array{"you", "them"}}, {"exp", ToUnixSeconds(kNow) + 60}};
  }
  std::string Sign(const Json& claims) const {
    return SignJwt(key_, {.type = "JWT", .key_id = "k", .chain = {}}, claims);
  }
  Result<VerifiedJwt> Verify(std::string_view token, const JwtExpectations& expected = Any(), Time now = kNow) const {
    const NamedJwk named{"k", key_.Public()};
    return VerifyJwt(token, std::span(&named, 1), expected, now);
  }
  ErrorCode Refusal(std::string_view token, const JwtExpectations& expected = Any(), Time now = kNow) const {
    const Result<VerifiedJwt> verified = Verify(token, expected, now);
    EXPECT_FALSE(verified);
    return verified ? ErrorCode::kInternal : verified.error().code();
  }
  const SigningKey key_ = SigningKey::Generate(SignatureAlgorithm::kEs256);
};

TEST_F(Jwt, RefusesEveryFlippedCharacterAndEveryCut) {
  const std::string token = Sign(Claims());
  ASSERT_TRUE(Verify(token));
  for (std::size_t i = 0; i < token.size(); ++i) {
    std::string changed = token;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(Verify(changed)) << i;
    EXPECT_FALSE(Verify(token.substr(0, i))) << i;
  }
  EXPECT_FALSE(Verify(token + "A"));
  EXPECT_FALSE(Verify(token + ".A"));
}

TEST_F(Jwt, RefusesOtherKeysAndNames) {
  const std::string token = Sign(Claims());
  const SigningKey other = SigningKey::Generate(SignatureAlgorithm::kEs256);
  const std::vector<NamedJwk> wrong = {{"k", other.Public()}, {"other", key_.Public()}};
  EXPECT_EQ(VerifyJwt(token, wrong, Any(), kNow).error().code(), ErrorCode::kUntrusted);
  EXPECT_EQ(VerifyJwt(token, std::span<const NamedJwk>(), Any(), kNow).error().code(), ErrorCode::kUntrusted);
  EXPECT_EQ(VerifyJwt(token, other.Public(), Any(), kNow).error().code(), ErrorCode::kUntrusted);
}

TEST_F(Jwt, AlgorithmIsTheKeysNotTheHeaders) {
  const auto with_header = [&](std::string_view header) {
    const std::string text = ToBase64Url(AsBytes(header)) + "." + ToBase64Url(AsBytes(Claims().Dump()));
    return text + "." + ToBase64Url(key_.Sign(AsBytes(text)));
  };
  EXPECT_TRUE(Verify(with_header(R"({"alg":"ES256"})")));
  for (const char* header : {R"({"alg":"none"})", R"({"alg":"ES384"})", R"({"alg":"HS256"})"}) {
    EXPECT_EQ(Refusal(with_header(header)), ErrorCode::kUntrusted);
  }
  EXPECT_EQ(Refusal(with_header(R"({"alg":"ES256","crit":["exp"]})")), ErrorCode::kUnsupported);
  EXPECT_EQ(Refusal(with_header(R"({"alg":"ES256","b64":false})")), ErrorCode::kUnsupported);
  EXPECT_EQ(Refusal(with_header(R"({"alg":"ES256","alg":"ES256"})")), ErrorCode::kMalformed);
  EXPECT_EQ(Refusal(with_header(R"([])")), ErrorCode::kMalformed);
  const std::string unsigned_token =
      ToBase64Url(AsBytes(R"({"alg":"none"})")) + "." + ToBase64Url(AsBytes(Claims().Dump())) + ".";
  EXPECT_EQ(Refusal(unsigned_token), ErrorCode::kUntrusted);
}

TEST_F(Jwt, ChecksDates) {
  Json claims = Claims();
  EXPECT_EQ(Refusal(Sign(claims), Any(), kNow + Seconds(60)), ErrorCode::kExpired);
  JwtExpectations lenient = Any();
  lenient.leeway = Seconds(10);
  EXPECT_TRUE(Verify(Sign(claims), lenient, kNow + Seconds(69)));
  EXPECT_EQ(Refusal(Sign(claims), lenient, kNow + Seconds(70)), ErrorCode::kExpired);
  for (const char* name : {"nbf", "iat"}) {
    claims = Claims();
    claims.Set(name, ToUnixSeconds(kNow) + 1);
    EXPECT_EQ(Refusal(Sign(claims)), ErrorCode::kExpired);
    EXPECT_TRUE(Verify(Sign(claims), lenient));
    claims.Set(name, "soon");
    EXPECT_EQ(Refusal(Sign(claims)), ErrorCode::kMalformed);
  }
  claims = Claims();
  claims.Remove("exp");
  EXPECT_EQ(Refusal(Sign(claims)), ErrorCode::kExpired);
  claims.Set("exp", 1e300);
  EXPECT_EQ(Refusal(Sign(claims)), ErrorCode::kMalformed);
}

TEST_F(Jwt, ChecksIssuerAndAudience) {
  JwtExpectations expected = Any();
  expected.issuer = "us";
  expected.audience = "them";
  EXPECT_TRUE(Verify(Sign(Claims()), expected));
  expected.issuer = "others";
  EXPECT_EQ(Refusal(Sign(Claims()), expected), ErrorCode::kMismatch);
  expected.issuer = "us";
  expected.audience = "nobody";
  EXPECT_EQ(Refusal(Sign(Claims()), expected), ErrorCode::kMismatch);
  Json claims = Claims();
  claims.Set("aud", "nobody");
  EXPECT_TRUE(Verify(Sign(claims), expected));
  claims.Remove("aud");
  EXPECT_EQ(Refusal(Sign(claims), expected), ErrorCode::kMismatch);
}

// RFC 7515 A.3 and A.4
TEST(Jws, VerifiesTheExamplesOfTheRfc) {
  const Json p256 = *Json::Parse(R"({"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
    "y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"})");
  const std::string payload =
      "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
  const std::string token = "eyJhbGciOiJFUzI1NiJ9." + payload +
                            ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
  const crypto::VerifyingKey key = *VerifyingKeyFromJwk(p256);
  EXPECT_TRUE(VerifyJws(token, key));
  const Result<VerifiedJwt> jwt = VerifyJwt(token, key, Any(), FromUnixSeconds(1300819379));
  ASSERT_TRUE(jwt);
  EXPECT_EQ(*jwt->claims().GetString("iss"), "joe");
  EXPECT_EQ(VerifyJwt(token, key, Any(), FromUnixSeconds(1300819380)).error().code(), ErrorCode::kExpired);
}

// RFC 8037 appendix A
TEST(Jws, SignsAsTheEdDsaExample) {
  const SigningKey key =
      *SigningKey::FromEd25519Seed(SecretBytes::CopyOf(*FromBase64Url("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A")));
  EXPECT_EQ(
      SignJws(key, {.type = "", .key_id = "", .chain = {}}, AsBytes("Example of Ed25519 signing")),
      "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4"
      "ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg");
  EXPECT_EQ(ToBase64Url(JwkThumbprint(key.Public())), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
}

// The example of RFC 7638 §3.1
TEST(Jwk, GivesTheThumbprintOfTheRfc) {
  const Json jwk = *Json::Parse(
      R"({"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw","e":"AQAB","alg":"RS256","kid":"2011-04-29"})");
  const crypto::VerifyingKey key = *VerifyingKeyFromJwk(jwk);
  EXPECT_EQ(ToBase64Url(JwkThumbprint(key)), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
  EXPECT_EQ(*VerifyingKeyFromJwk(JwkOf(key)), key);
}

TEST(Jwk, KeepsEachKindAndRefusesTheRest) {
  using enum SignatureAlgorithm;
  for (const SignatureAlgorithm algorithm : {kEs256, kEs384, kEs512, kEdDsa}) {
    const crypto::VerifyingKey key = SigningKey::Generate(algorithm).Public();
    Json jwk = JwkOf(key);
    EXPECT_EQ(*VerifyingKeyFromJwk(jwk), key);
    Json named = jwk;
    named.Set("kid", "a");
    const Json set = Json::Object{{"keys", Json::Array{named, Json::Object{{"kty", "oct"}}}}};
    EXPECT_EQ(ParseJwkSet(set)->size(), 1u);
    jwk.Set("alg", "PS256");
    EXPECT_EQ(VerifyingKeyFromJwk(jwk).error().code(), ErrorCode::kUnsupported);
    jwk.Remove("alg");
    jwk.Set("d", "AA");
    EXPECT_EQ(VerifyingKeyFromJwk(jwk).error().code(), ErrorCode::kMalformed);
    jwk.Remove("d");
    jwk.Set("x", "AA");
    EXPECT_EQ(VerifyingKeyFromJwk(jwk).error().code(), ErrorCode::kMalformed);
  }
  EXPECT_EQ(VerifyingKeyFromJwk(Json::Object{{"kty", "oct"}}).error().code(), ErrorCode::kUnsupported);
  EXPECT_EQ(VerifyingKeyFromJwk(Json::Array{}).error().code(), ErrorCode::kMalformed);
}

// Trustee's own cases: which JWKs their certificates vouch for.
TEST(EndorsedJwk, DecidesAsTrusteeDoes) {
  struct Case {
    const char *jwk, *trust;
    bool good;
  };
  for (const Case& each :
       {Case{"01", "01", true}, Case{"02", "02", false}, Case{"03", "03", false}, Case{"04", "04", false},
        Case{"05", "05", true}, Case{"06", "06", true}, Case{"07", "06", true}}) {
    const Result<std::string> jwk = ReadTextFile(kShared + "scenario" + each.jwk + "-jwk.json", 100000);
    const Result<std::string> trust = ReadTextFile(kShared + "scenario" + each.trust + "-trust.pem", 100000);
    if (!jwk || !trust) GTEST_SKIP() << "shared vectors are absent";
    const Json json = *Json::Parse(*jwk);
    const std::vector<crypto::Certificate> roots = *crypto::Certificate::ParsePemChain(*trust);
    EXPECT_EQ(KeyFromEndorsedJwk(json, roots, kNow).has_value(), each.good) << each.jwk;
    EXPECT_FALSE(KeyFromEndorsedJwk(json, roots, *FromRfc3339("2046-11-01T00:00:00Z"))) << each.jwk;
  }
}

TEST(JwtByChain, TakesTheLeafsKeyOnly) {
  const SigningKey root_key = SigningKey::Generate(SignatureAlgorithm::kEs384);
  const SigningKey leaf_key = SigningKey::Generate(SignatureAlgorithm::kEs256);
  const Time end = kNow + Seconds(3600);
  const auto root = *crypto::CertificateBuilder(root_key.Public())
                         .SubjectCommonName("root")
                         .Validity(kNow, end)
                         .CertificateAuthority(0)
                         .SelfSign(root_key);
  const auto leaf =
      *crypto::CertificateBuilder(leaf_key.Public()).SubjectCommonName("leaf").Validity(kNow, end).Sign(root, root_key);
  const Json claims = Json::Object{{"exp", ToUnixSeconds(end)}};
  const std::string token = SignJwt(leaf_key, {.type = "JWT", .key_id = "", .chain = {leaf}}, claims);
  EXPECT_TRUE(VerifyJwtByChain(token, std::span(&root, 1), Any(), kNow));
  EXPECT_TRUE(HintFromUnverifiedJwt(token)->has_chain);
  EXPECT_EQ(VerifyJwtByChain(token, {}, Any(), kNow).error().code(), ErrorCode::kUntrusted);
  EXPECT_EQ(VerifyJwtByChain(token, std::span(&root, 1), Any(), end + Seconds(1)).error().code(), ErrorCode::kExpired);
  const std::string other = SignJwt(root_key, {.type = "JWT", .key_id = "", .chain = {leaf}}, claims);
  EXPECT_FALSE(VerifyJwtByChain(other, std::span(&root, 1), Any(), kNow));
  const std::string bare = SignJwt(leaf_key, {.type = "JWT", .key_id = "", .chain = {}}, claims);
  EXPECT_EQ(VerifyJwtByChain(bare, std::span(&root, 1), Any(), kNow).error().code(), ErrorCode::kMalformed);
}

}  // namespace
}  // namespace cloister::token

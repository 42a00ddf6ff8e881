#include "broker/kbs.h"

#include <gmock/gmock.h>

namespace cloister::broker {
namespace {

using formats::Json;

Json Parse(std::string_view text) { return *Json::Parse(text); }

constexpr std::string_view kKey =
    R"({"alg":"ECDH-ES+A256KW","crv":"P-256","kty":"EC","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",)"
    R"("y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"})";

TEST(KbsRequest, TakesExactlyOneVersion) {
  EXPECT_EQ(KbsRequest::FromJson(Parse(R"({"version":"0.4.0","tee":"snp","extra-params":""})"))->tee, "snp");
  EXPECT_TRUE(KbsRequest::FromJson(
      Parse(R"({"version":"0.4.0","tee":"snp","extra-params":{"supported-hash-algorithms":["sha384"]}})")));
  for (const char* version : {"0.1.0", "0.3.0", "0.4.1", "0.4", "1.0.0", ""}) {
    const auto request =
        KbsRequest::FromJson(Json(Json::Object{{"version", version}, {"tee", "snp"}, {"extra-params", ""}}));
    ASSERT_FALSE(request) << version;
    // Guests look for this very text.
    EXPECT_THAT(request.error().message(), testing::HasSubstr("KBS Client Protocol Version Mismatch"));
    EXPECT_EQ(KbsError::From(request.error(), KbsStep::kAuth).status, 401);
  }
  EXPECT_FALSE(KbsRequest::FromJson(Parse(R"({"version":"0.4.0","tee":"snp"})")));
  EXPECT_FALSE(KbsRequest::FromJson(Parse(R"({"tee":"snp","extra-params":""})")));
}

Json Attestation() {
  return Json::Object{
      {"init-data", nullptr},
      {"runtime-data", Json::Object{{"nonce", "AAAA"}, {"tee-pubkey", Parse(kKey)}}},
      {"tee-evidence", Json::Object{{"primary_evidence", Json::Object{}}, {"additional_evidence", ""}}}};
}

TEST(KbsAttestation, ReadsWhatGuestsSend) {
  const auto plain = KbsAttestation::FromJson(Attestation());
  ASSERT_TRUE(plain) << plain.error().ToText();
  EXPECT_EQ(plain->init_data, "");
  Json with = Attestation();
  with.Set("init-data", Json::Object{{"format", "toml"}, {"body", "version = \"0.1.0\""}});
  EXPECT_EQ(KbsAttestation::FromJson(with)->init_data, "version = \"0.1.0\"");
}

TEST(KbsAttestation, RefusesOtherFormatsAndMissingParts) {
  Json json = Attestation();
  json.Set("init-data", Json::Object{{"format", "json"}, {"body", "{}"}});
  EXPECT_EQ(KbsAttestation::FromJson(json).error().code(), ErrorCode::kUnsupported);
  json = Attestation();
  json.Set("init-data", Json::Object{{"format", "toml"}, {"body", ""}});
  EXPECT_FALSE(KbsAttestation::FromJson(json));
  for (const char* part : {"runtime-data", "tee-evidence"}) {
    json = Attestation();
    json.Remove(part);
    EXPECT_EQ(KbsAttestation::FromJson(json).error().code(), ErrorCode::kMalformed) << part;
  }
  json = Attestation();
  json.Set("tee-evidence", Json::Object{{"primary_evidence", Json::Object{}}, {"additional_evidence", Json::Object{}}});
  EXPECT_FALSE(KbsAttestation::FromJson(json));
}

// SHA-384 of the canonical text {"additional-evidence":…,"nonce":…,"tee-pubkey":…}, written out here by hand.
// The vector of Trustee's own unit test (kbs, jcs and SHA-384).
TEST(KbsError, SaysDeniedMissingAndPassingApart) {
  struct Case {
    ErrorCode code;
    KbsStep step;
    int status;
    std::string_view type;
  };
  const Case cases[] = {
      {ErrorCode::kRefused, KbsStep::kResource, 403, "PolicyDeny"},
      {ErrorCode::kNotFound, KbsStep::kResource, 404, "PluginInternalError"},
      {ErrorCode::kUntrusted, KbsStep::kResource, 401, "TokenNotFound"},
      {ErrorCode::kIo, KbsStep::kResource, 503, "PluginInternalError"},
      {ErrorCode::kRefused, KbsStep::kToken, 403, "PolicyDeny"},
      {ErrorCode::kNotFound, KbsStep::kToken, 404, "PluginInternalError"},
      {ErrorCode::kExhausted, KbsStep::kCloister, 403, "PolicyDeny"},
      {ErrorCode::kReplayed, KbsStep::kCloister, 403, "PolicyDeny"},
      {ErrorCode::kExpired, KbsStep::kCloister, 403, "PolicyDeny"},
      {ErrorCode::kStale, KbsStep::kCloister, 403, "PolicyDeny"},
      {ErrorCode::kUnavailable, KbsStep::kCloister, 503, "PluginInternalError"},
      {ErrorCode::kUntrusted, KbsStep::kAttest, 401, "AttestationError"},
      {ErrorCode::kMalformed, KbsStep::kAttest, 401, "SerdeError"},
      {ErrorCode::kExpired, KbsStep::kToken, 401, "TokenVerifierError"},
      {ErrorCode::kUntrusted, KbsStep::kAdmin, 401, "AdminAuthAccess"},
      {ErrorCode::kRefused, KbsStep::kAdmin, 403, "AdminAuthAccess"},
      {ErrorCode::kMalformed, KbsStep::kPolicy, 401, "ParsePolicyError"},
  };
  for (const Case& c : cases) {
    const KbsError error = KbsError::From(Error(c.code, "why"), c.step);
    EXPECT_EQ(error.status, c.status) << ErrorCodeName(c.code);
    EXPECT_EQ(*error.body.GetString("type"),
              "https://github.com/confidential-containers/kbs/errors/" + std::string(c.type));
    EXPECT_EQ(*error.body.GetString("detail"), "why");
    EXPECT_EQ(*error.body.GetString("code"), ErrorCodeName(c.code));
  }
}

}  // namespace
}  // namespace cloister::broker

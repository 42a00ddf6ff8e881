#include "evidence/cca/verify.h"
#include "evidence/conformance/case.h"
#include "token/cose.h"

namespace cloister::evidence {
namespace {

using formats::Json;

Json ComponentClaims(const CcaComponent& component) {
  Json claims = Json::Object{{"2", ToHex(component.measurement)}, {"5", ToHex(component.signer)}};
  if (component.type) claims.Set("1", *component.type);
  if (component.version) claims.Set("4", *component.version);
  if (component.hash_algorithm) claims.Set("6", CcaHashName(*component.hash_algorithm));
  return claims;
}

// The algorithm that a half of the token names; its key was checked to be the same.
Result<Json> AlgorithmClaim(ByteSpan message) {
  const auto cose = TRY(token::UnverifiedCose1::Parse(message, token::CoseForm::kAny));
  const auto algorithm = cose.algorithm();
  return algorithm ? Json(*algorithm) : Json(nullptr);
}

// What was verified, in the names of the manifests: the first has them flat, Trustee's with dots.
Result<Json> ManifestClaims(const VerifiedCca& verified, ByteSpan bytes) {
  const CcaPlatform& platform = verified.platform();
  const CcaRealm& realm = verified.realm();
  const CcaToken token = TRY(ParseCcaToken(bytes));
  Json platform_algorithm = TRY(AlgorithmClaim(token.platform_message));
  Json realm_algorithm = TRY(AlgorithmClaim(token.realm_message));
  Json::Array extensible, components;
  for (const CcaDigest& each : realm.extensible_measurements) extensible.emplace_back(ToHex(each));
  for (const CcaComponent& each : platform.components) components.push_back(ComponentClaims(each));
  return Json(Json::Object{{"platform_profile", platform.profile},
                           {"realm_profile", realm.profile ? Json(*realm.profile) : Json(nullptr)},
                           {"implementation_id", ToHex(platform.implementation_id)},
                           {"instance_id", ToHex(platform.instance_id)},
                           {"lifecycle", platform.lifecycle},
                           {"config", ToHex(platform.configuration)},
                           {"platform_challenge", ToHex(platform.challenge)},
                           {"realm_challenge", ToHex(realm.challenge)},
                           {"rim", ToHex(realm.initial_measurement)},
                           {"rem", std::move(extensible)},
                           {"rpv", ToHex(realm.personalization)},
                           {"realm_hash_alg", CcaHashName(realm.hash_algorithm)},
                           {"rak_hash_alg", CcaHashName(realm.public_key_hash_algorithm)},
                           {"sw_components", std::move(components)},
                           {"platform_alg", std::move(platform_algorithm)},
                           {"realm_alg", std::move(realm_algorithm)},
                           {"platform.profile", platform.profile},
                           {"platform.instance_id", ToHex(platform.instance_id)},
                           {"platform.implementation_id", ToHex(platform.implementation_id)},
                           {"platform.lifecycle", platform.lifecycle},
                           {"platform.hash_algo", CcaHashName(platform.hash_algorithm)},
                           {"platform.sw_components", platform.components.size()},
                           {"realm.challenge", ToHex(realm.challenge)},
                           {"realm.initial_measurement", ToHex(realm.initial_measurement)},
                           {"realm.hash_algo", CcaHashName(realm.hash_algorithm)}});
}

Result<CcaPlatformKeys> LoadKeys(const Case& loaded, const CcaToken& unverified) {
  if (loaded.files.contains("ta_store")) {
    return CcaPlatformKeys::ParseTrusteeStore(AsText(*TRY(loaded.File("ta_store"))));
  }
  // A key without ids counts as the one that we have for this platform.
  const Json jwk = TRY(Json::Parse(AsText(*TRY(loaded.File("cpak")))));
  CcaPlatformKeys keys;
  TRY(keys.Add(
      TRY(CcaPlatformKeyFromJwk(jwk, unverified.platform.implementation_id, unverified.platform.instance_id))));
  return keys;
}

// Trustee's claims of a token that another verifier judged: here only that all of them have the form of our own.
Result<CaseAnswer> ReadClaimsSet(const Case& loaded) {
  const Json claims = TRY(Json::Parse(AsText(*TRY(loaded.File("claims")))));
  for (const char* member : {"report_data", "init_data"}) TRY_WITH(member, FromHex(TRY(claims.GetString(member))));
  const Json& platform = *TRY(claims.GetObject("platform"));
  TRY_WITH("instance id", ToArray<33>(TRY(FromBase64(TRY(platform.GetString("cca-platform-instance-id"))))));
  TRY_WITH("implementation id",
           ToArray<32>(TRY(FromBase64(TRY(platform.GetString("cca-platform-implementation-id"))))));
  const Json& realm = *TRY(claims.GetObject("realm"));
  for (const char* member : {"cca-realm-challenge", "cca-realm-personalization-value"}) {
    TRY_WITH(member, ToArray<64>(TRY(FromBase64(TRY(realm.GetString(member))))));
  }
  TRY_WITH("initial measurement", FromBase64(TRY(realm.GetString("cca-realm-initial-measurement"))));
  TRY(CcaHashFromName(TRY(realm.GetString("cca-realm-hash-algo-id"))));
  const auto extensible = TRY(realm.GetStrings("cca-realm-extensible-measurements"));
  if (extensible.size() != 4) return Error(ErrorCode::kMalformed, "expected four extensible measurements");
  for (const std::string& each : extensible) TRY(FromBase64(each));
  CaseAnswer answer;
  answer.claims = Json::Object{};
  answer.note = "only read: a claims set proves nothing";
  return answer;
}

}  // namespace

Result<CaseAnswer> RunCca(const Case& loaded) {
  if (loaded.mode == "parse_only") return ReadClaimsSet(loaded);
  const Bytes& bytes = *TRY(loaded.File("token"));
  // No vector has a nonce that we chose: the one it carries stands in for it.
  const CcaToken unverified = TRY(ParseCcaToken(bytes));
  const CcaPlatformKeys keys = TRY(LoadKeys(loaded, unverified));
  std::optional<CcaReferenceValues> references;
  if (loaded.files.contains("rv_store")) {
    references = TRY(CcaReferenceValues::ParseTrusteeStore(AsText(*TRY(loaded.File("rv_store")))));
  }
  const VerifiedCca verified = TRY(VerifyCca(
      bytes, keys, references,
      {.challenge = unverified.realm.challenge, .personalization = ExpectedPersonalization::AnyPersonalization()}));
  if (references && (verified.platform_match() != CcaMatch::kMatches || verified.realm_match() != CcaMatch::kMatches)) {
    return Error(ErrorCode::kMismatch, "not what the reference values say");
  }
  CaseAnswer answer;
  answer.claims = TRY(ManifestClaims(verified, bytes));
  answer.note = verified.simulated() ? "under a test key whose private half is published" : "";
  return answer;
}

}  // namespace cloister::evidence

#include "token/ear.h"

#include <algorithm>

namespace cloister::token {
namespace {

using formats::Json;

constexpr std::size_t kMaximumSubmods = 64;  // a CPU and 32 devices, and some to spare
constexpr std::string_view kStatusNames[] = {"none", "affirming", "warning", "contraindicated"};

// Members of a submod.
constexpr std::string_view kStatus = "ear.status";
constexpr std::string_view kTrust = "ear.trustworthiness-vector";
constexpr std::string_view kPolicyId = "ear.appraisal-policy-id";
constexpr std::string_view kPolicyDigest = "ear.cloister.policy-sha256";
constexpr std::string_view kEvidence = "ear.veraison.annotated-evidence";

Result<EarStatus> ReadStatus(const Json& submod) {
  const std::string name = TRY(submod.GetString(kStatus));
  for (std::size_t i = 0; i < std::size(kStatusNames); ++i) {
    if (kStatusNames[i] == name) return static_cast<EarStatus>(i);
  }
  return Error(ErrorCode::kMalformed, "\"ear.status\": not one of the four");
}

Result<EarSubmod> ReadSubmod(const Json& json) {
  EarSubmod submod;
  if (json.Find(kTrust) != nullptr) submod.trust = TRY(TrustVector::FromJson(*TRY(json.GetObject(kTrust))));
  submod.at_least = TRY(ReadStatus(json));
  if (submod.at_least < submod.trust.Status()) {
    return Error(ErrorCode::kMalformed, "\"ear.status\" is better than the trust vector");
  }
  submod.policy_id = TRY(json.FindString(kPolicyId)).value_or("");
  if (const std::optional<std::string> hex = TRY(json.FindString(kPolicyDigest)); hex) {
    const Bytes digest = TRY_WITH(kPolicyDigest, FromHex(*hex));
    submod.policy_digest = TRY_WITH(kPolicyDigest, ToArray<32>(digest));
  }
  submod.evidence = Json::Object{};
  if (json.Find(kEvidence) != nullptr) submod.evidence = *TRY(json.GetObject(kEvidence));
  return submod;
}

Json SubmodToJson(const EarSubmod& submod) {
  Json json = Json::Object{{std::string(kStatus), EarStatusName(submod.Status())},
                           {std::string(kTrust), submod.trust.ToJson()},
                           {std::string(kPolicyId), submod.policy_id},
                           {std::string(kEvidence), submod.evidence}};
  if (submod.policy_digest) json.Set(kPolicyDigest, ToHex(*submod.policy_digest));
  return json;
}

Result<Time> ReadTime(const Json& claims, std::string_view name) {
  return FromUnixSeconds(TRY(claims.GetIntIn(name, 0, 253402300799)));
}

// Base64url; Veraison's services write it with padding.
Result<Bytes> ReadNonce(std::string text) {
  if (text.size() % 4 == 0) {
    while (text.ends_with('=')) text.pop_back();
  }
  return FromBase64Url(text);
}

Result<Ear> ReadClaims(const Json& claims) {
  const std::string profile = TRY(claims.GetString("eat_profile"));
  if (profile != kTrusteeProfile && profile != kVeraisonProfile) {
    return Error(ErrorCode::kUnsupported, "\"eat_profile\" is neither Trustee's nor Veraison's");
  }
  Ear ear;
  ear.issuer = TRY(claims.FindString("iss")).value_or("");
  ear.issued_at = TRY(ReadTime(claims, "iat"));
  ear.expires_at = ear.issued_at;
  if (claims.Find("exp") != nullptr) ear.expires_at = TRY(ReadTime(claims, "exp"));
  if (claims.Find("ear.verifier-id") != nullptr) {
    const Json& verifier = *TRY(claims.GetObject("ear.verifier-id"));
    ear.verifier_developer = TRY(verifier.GetString("developer"));
    ear.verifier_build = TRY(verifier.GetString("build"));
  }
  if (const std::optional<std::string> nonce = TRY(claims.FindString("eat_nonce")); nonce) {
    ear.nonce = TRY_WITH("eat_nonce", ReadNonce(*nonce));
  }
  const Json* submods = TRY(claims.GetObject("submods"));
  const Json::Object& members = *TRY(submods->AsObject());
  if (members.empty() || members.size() > kMaximumSubmods) {
    return Error(ErrorCode::kMalformed, "\"submods\": expected 1 to 32, got " + std::to_string(members.size()));
  }
  for (const auto& [name, json] : members) {
    TRY_WITH("submod", json.AsObject());
    ear.submods.emplace(name, TRY_WITH("submod " + name, ReadSubmod(json)));
  }
  return ear;
}

JwtExpectations ForJwt(const EarExpectations& expected) {
  return {.issuer = expected.issuer,
          .audience = std::nullopt,
          .expiry = JwtExpectations::Expiry::kRequired,
          .leeway = expected.leeway};
}

}  // namespace

// The only maker of VerifiedEar.
struct EarReader {
  static Result<VerifiedEar> Read(const VerifiedJwt& jwt, const EarExpectations& expected) {
    Ear ear = TRY(ReadClaims(jwt.claims()));
    if (expected.issuer && ear.issuer != *expected.issuer) {
      return Error(ErrorCode::kMismatch, "\"iss\" is not the expected issuer");
    }
    if (expected.nonce && ear.nonce != *expected.nonce) {
      return Error(ErrorCode::kMismatch, "\"eat_nonce\" is not the expected nonce");
    }
    return VerifiedEar(std::move(ear), jwt.claims());
  }
};

std::string_view EarStatusName(EarStatus status) { return kStatusNames[static_cast<std::size_t>(status)]; }

Result<EarStatus> EarStatusOf(std::int64_t trust_claim) {
  if (trust_claim < -128 || trust_claim > 127) {
    return Error(ErrorCode::kMalformed, "trust claim: expected -128 to 127, got " + std::to_string(trust_claim));
  }
  // Negative values are mirrored around -0.5: -2 goes with 2..31 as -32 does.
  const std::int64_t size = trust_claim >= 0 ? trust_claim : -1 - trust_claim;
  if (size >= 96) return EarStatus::kContraindicated;
  if (size >= 32) return EarStatus::kWarning;
  return trust_claim >= -1 && trust_claim <= 1 ? EarStatus::kNone : EarStatus::kAffirming;
}

Result<TrustVector> TrustVector::FromJson(const Json& json) {
  TrustVector vector;
  for (const auto& [name, value] : *TRY_WITH("trust vector", json.AsObject())) {
    const std::int64_t number = TRY_WITH("trust vector", value.AsInt());
    TRY(vector.Set(name, number));
  }
  return vector;
}

Result<void> TrustVector::Set(std::string_view name, std::int64_t value) {
  if (std::find(std::begin(kTrustClaims), std::end(kTrustClaims), name) == std::end(kTrustClaims)) {
    return Error(ErrorCode::kMalformed, "trust vector: a claim that AR4SI has not");
  }
  TRY(EarStatusOf(value));
  claims_.insert_or_assign(std::string(name), static_cast<int>(value));
  return {};
}

std::optional<int> TrustVector::Get(std::string_view name) const {
  const auto found = claims_.find(name);
  return found == claims_.end() ? std::nullopt : std::optional(found->second);
}

Json TrustVector::ToJson() const {
  Json json = Json::Object{};
  for (const auto& [name, value] : claims_) json.Set(name, value);
  return json;
}

EarStatus TrustVector::Status() const {
  EarStatus worst = EarStatus::kNone;
  for (const auto& [name, value] : claims_) worst = std::max(worst, *EarStatusOf(value));
  return worst;
}

Result<std::string> SignEar(const crypto::SigningKey& key, const Ear& ear) {
  if (ear.submods.empty() || ear.submods.size() > kMaximumSubmods) {
    return Error(ErrorCode::kUsage, "EAR: expected 1 to 32 submods");
  }
  if (ear.expires_at <= ear.issued_at) return Error(ErrorCode::kUsage, "EAR: expires before it is issued");
  Json submods = Json::Object{};
  for (const auto& [name, submod] : ear.submods) {
    if (!submod.evidence.is_object()) return Error(ErrorCode::kUsage, "EAR: evidence of a submod is no object");
    submods.Set(name, SubmodToJson(submod));
  }
  Json claims = Json::Object{
      {"eat_profile", kTrusteeProfile},
      {"iat", ToUnixSeconds(ear.issued_at)},
      {"exp", ToUnixSeconds(ear.expires_at)},
      {"iss", ear.issuer},
      {"ear.verifier-id", Json::Object{{"developer", ear.verifier_developer}, {"build", ear.verifier_build}}},
      {"submods", std::move(submods)}};
  if (!ear.nonce.empty()) claims.Set("eat_nonce", ToBase64Url(ear.nonce));
  const std::string kid = ToBase64Url(JwkThumbprint(key.Public()));
  return SignJwt(key, {.type = "JWT", .key_id = kid, .chain = {}}, claims);
}

EarStatus VerifiedEar::Status() const {
  // A part of which nothing is known is no better than the others.
  EarStatus worst = EarStatus::kAffirming;
  bool unknown = false;
  for (const auto& [name, submod] : ear_.submods) {
    unknown = unknown || submod.Status() == EarStatus::kNone;
    worst = std::max(worst, submod.Status());
  }
  return unknown && worst == EarStatus::kAffirming ? EarStatus::kNone : worst;
}

Result<VerifiedEar> VerifyEar(std::string_view token, std::span<const NamedJwk> keys, const EarExpectations& expected,
                              Time now) {
  const VerifiedJwt jwt = TRY_WITH("EAR", VerifyJwt(token, keys, ForJwt(expected), now));
  return ReadEar(jwt, expected);
}

Result<Ear> EarFromUnverifiedClaims(const Json& claims) { return TRY_WITH("EAR", ReadClaims(claims)); }

Result<VerifiedEar> ReadEar(const VerifiedJwt& jwt, const EarExpectations& expected) {
  return TRY_WITH("EAR", EarReader::Read(jwt, expected));
}

}  // namespace cloister::token

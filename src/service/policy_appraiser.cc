#include "service/policy_appraiser.h"

#include "contract/init_data.h"

namespace cloister::service {
namespace {

using formats::Json;

constexpr Seconds kTokenLifetime = std::chrono::minutes(5);

// Init-data as a policy sees it: our own object where it is ours, else null.
Json InitDataClaims(std::string_view toml) {
  if (toml.empty()) return nullptr;
  const auto parsed = contract::InitData::FromToml(toml);
  if (!parsed) return nullptr;
  return Json::Object{{"cloister.json", parsed->ToJson()}};
}

}  // namespace

Result<std::unique_ptr<PolicyAppraiser>> PolicyAppraiser::Create(std::string issuer, const crypto::SigningKey& key) {
  std::unique_ptr<PolicyAppraiser> made(new PolicyAppraiser(std::move(issuer), key));
  TRY(made->SetPolicy("default_cpu", appraisal::DefaultPolicy()));
  return made;
}

Result<void> PolicyAppraiser::SetPolicy(std::string_view id, std::string_view rego) {
  if (id != "default_cpu" && id != "default") {
    return Error(ErrorCode::kUsage, "attestation policy: expected the id default_cpu, got " + std::string(id));
  }
  std::shared_ptr<const appraisal::Appraiser> made =
      TRY(appraisal::Appraiser::Create({issuer_, kTokenLifetime, std::string(rego)}, key_));
  const std::lock_guard lock(mutex_);
  appraiser_ = std::move(made);
  return {};
}

Result<broker::Appraised> PolicyAppraiser::Appraise(const broker::AttestedFacts& facts, Time now) {
  std::shared_ptr<const appraisal::Appraiser> appraiser;
  {
    const std::lock_guard lock(mutex_);
    appraiser = appraiser_;
  }
  const Json runtime = Json::Object{{"additional-evidence", facts.additional_evidence},
                                    {"nonce", facts.nonce},
                                    {"tee-pubkey", facts.tee_pubkey}};
  const appraisal::BoundClaims bound{runtime, ToHex(facts.evidence.report().report_data),
                                     ToHex(facts.evidence.report().host_data), InitDataClaims(facts.init_data)};
  auto appraisal = TRY(appraiser->Appraise(facts.evidence, facts.references, bound, AsBytes(facts.nonce), now));
  return broker::Appraised{appraisal.token(), appraisal.claims(), appraisal.status()};
}

}  // namespace cloister::service

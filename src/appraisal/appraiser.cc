#include "appraisal/appraiser.h"

namespace cloister::appraisal {
namespace {

using formats::Json;

// AR4SI claim values (draft-ietf-rats-ar4si): 2 is the best; hardware 32 is "genuine, but not one to keep secrets from".
constexpr std::string_view kDefaultPolicy = R"rego(package policy

import rego.v1

default executables := 33

default hardware := 97

default configuration := 36

# The measurement is one that the certifier endorsed, and the endorsement is in force.
executables := 2 if input.reference.endorsed == true

# A vendor's root vouches, and its revocation list was checked.
hardware := 2 if {
	input.snp.simulated == false
	input.snp.revocation == "checked"
}

# SIMULATED: known, but nothing that hardware vouched for.
hardware := 32 if input.snp.simulated == true

# Nobody can look into the guest, move it, or run beside it with more rights.
configuration := 2 if {
	input.snp.policy_debug_allowed == false
	input.snp.policy_migrate_ma == false
	input.snp.vmpl == 0
}

trust_claims := {
	"executables": executables,
	"hardware": hardware,
	"configuration": configuration,
}
)rego";

constexpr std::string_view kSubmod = "cpu0";
constexpr int kUnsafeHardware = 32;

Json AnnotatedEvidence(const evidence::VerifiedSnp& evidence, const Result<ReferenceValue>& reference,
                       const BoundClaims& bound) {
  Json referenced = Json::Object{{"endorsed", reference.has_value()}};
  if (reference) referenced.Set("endorser", reference->endorser);
  return Json::Object{{"snp", evidence.Claims()},
                      {"reference", referenced},
                      {"report_data", bound.report_data},
                      {"init_data", bound.init_data},
                      {"init_data_claims", bound.init_data_claims},
                      {"runtime_data_claims", bound.runtime_data}};
}

// What a reader wants to know where a claim isn't affirming.
std::vector<std::string> Reasons(const evidence::VerifiedSnp& evidence, const Result<ReferenceValue>& reference,
                                 const token::TrustVector& trust) {
  std::vector<std::string> reasons;
  if (!reference) reasons.push_back(reference.error().message());
  if (evidence.simulated()) reasons.emplace_back("SIMULATED hardware: no vendor vouches for it");
  if (evidence.revocation() == evidence::SnpRevocation::kNotChecked) {
    reasons.emplace_back("revocation was not checked: no current list of this root");
  }
  for (const std::string_view name : token::kTrustClaims) {
    const auto value = trust.Get(name);
    if (!value) continue;
    const auto status = token::EarStatusOf(*value);
    if (status && *status != token::EarStatus::kAffirming) {
      reasons.push_back(std::string(name) + " is " + std::string(token::EarStatusName(*status)) + " (" +
                        std::to_string(*value) + ")");
    }
  }
  return reasons;
}

}  // namespace

std::string_view DefaultPolicy() { return kDefaultPolicy; }

Appraiser::Appraiser(AppraiserConfig config, policy::Policy policy, const crypto::SigningKey& key)
    : config_(std::move(config)),
      policy_(std::move(policy)),
      policy_digest_(crypto::Sha256(AsBytes(config_.policy))),
      key_(key),
      public_key_{ToBase64Url(token::JwkThumbprint(key.Public())), key.Public()} {}

Result<std::unique_ptr<Appraiser>> Appraiser::Create(const AppraiserConfig& config, const crypto::SigningKey& key) {
  AppraiserConfig own = config;
  if (own.policy.empty()) own.policy = std::string(kDefaultPolicy);
  const policy::Module module{"attestation-policy.rego", own.policy};
  policy::Policy compiled = TRY_WITH("attestation policy", policy::Policy::Compile(std::span(&module, 1), Json::Object{}, {}));
  return std::unique_ptr<Appraiser>(new Appraiser(std::move(own), std::move(compiled), key));
}

Result<Appraisal> Appraiser::Appraise(const evidence::VerifiedSnp& evidence, const ReferenceValues& references,
                                      const BoundClaims& bound, ByteSpan nonce, Time now) const {
  const auto reference = references.Find(evidence.report().measurement, now);
  const Json input = AnnotatedEvidence(evidence, reference, bound);
  const auto result = TRY_WITH("attestation policy", policy_.Evaluate("data.policy.trust_claims", input, {}));
  if (!result.value) return Error(ErrorCode::kRefused, "attestation policy: expected trust claims, it gave none");
  Appraisal appraisal;
  appraisal.trust_ = TRY_WITH("attestation policy", token::TrustVector::FromJson(*result.value));
  appraisal.simulated_ = evidence.simulated();
  if (evidence.simulated()) {
    // Whatever the policy says: simulated hardware is never affirming.
    const auto said = appraisal.trust_.Get("hardware");
    if (!said || TRY(token::EarStatusOf(*said)) < token::EarStatus::kWarning) {
      TRY(appraisal.trust_.Set("hardware", kUnsafeHardware));
    }
  }
  appraisal.reasons_ = Reasons(evidence, reference, appraisal.trust_);
  token::EarSubmod submod;
  submod.trust = appraisal.trust_;
  submod.policy_id = "default";
  submod.policy_digest = policy_digest_;
  submod.evidence = input;
  appraisal.status_ = submod.Status();
  const token::Ear ear{config_.issuer, now,           now + config_.token_lifetime, "https://cloister.example",
                       "cloister 0.1", ToBytes(nonce), {{std::string(kSubmod), submod}}};
  appraisal.token_ = TRY(token::SignEar(key_, ear));
  const auto verified = TRY(token::VerifyEar(appraisal.token_, std::span(&public_key_, 1), {std::nullopt, std::nullopt, Seconds(0)}, now));
  appraisal.claims_ = verified.claims();
  return appraisal;
}

}  // namespace cloister::appraisal

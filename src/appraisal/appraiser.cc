#include "appraisal/appraiser.h"

#include <algorithm>

namespace cloister::appraisal {
namespace {

using formats::Json;

// AR4SI claim values (draft-ietf-rats-ar4si): 2 is the best; hardware 32 is "genuine, but not one to keep secrets from".
constexpr std::string_view kGenuine = R"rego(package policy

import rego.v1

default hardware := 97

default configuration := 36

tees := {"snp", "tdx", "sgx", "nitro", "cca", "tpm", "az-snp-vtpm", "az-tdx-vtpm", "gcp-vtpm", "nvidia", "token"}

# What the machine's own verifier found.
part := claims if {
	some tee, claims in input
	tee in tees
}

# A vendor's root vouches, its revocation list was checked, and its maker knows of nothing newer.
hardware := 2 if {
	part.simulated == false
	not_revoked
	up_to_date
	not for_tests
}

# Made by its maker for its own tests.
hardware := 32 if {
	part.simulated == false
	not_revoked
	for_tests
}

for_tests if part.gce_production == false

# Genuine, with weaknesses that its maker has published.
hardware := 32 if {
	part.simulated == false
	not_revoked
	not up_to_date
}

# SIMULATED: known, but nothing that hardware vouched for.
hardware := 32 if part.simulated == true

not_revoked if part.revocation == "checked"

# Another service's word is that it looked.
not_revoked if input.token

up_to_date if part.tcb_status == "UpToDate"

# Makers without words for levels, and devices whose firmware was compared with the maker's manifests.
up_to_date if {
	some tee in {"snp", "nitro", "cca", "tpm", "az-snp-vtpm", "gcp-vtpm"}
	input[tee]
	not part.tcb_status
}

up_to_date if input.nvidia.measurements_compared == true

up_to_date if {
	input.token
	not part.tcb_status
	verdict_is_good
}

verdict_is_good if not input.token.service_verdict

verdict_is_good if input.token.service_verdict == "affirming"

# Nobody can look into the guest, move it, or run beside it with more rights.
configuration := 2 if {
	part.debug == false
	alone
}

# Manifests are of firmware that takes no debugger.
configuration := 2 if input.nvidia.measurements_compared == true

alone if {
	not input.snp
	not input["az-snp-vtpm"]
	not part.td_migratable
}

alone if {
	part.policy_migrate_ma == false
	part.vmpl == 0
}
)rego";

constexpr std::string_view kOnlyGenuine = R"rego(
trust_claims := {"hardware": hardware, "configuration": configuration}
)rego";

constexpr std::string_view kAlsoEndorsed = R"rego(
default executables := 33

# The measurement is one that the certifier endorsed, and the endorsement is in force.
executables := 2 if {
	input.reference.endorsed == true
	boot_endorsed
}

# What ran after the first code is in a TPM's registers, where there is one.
boot_endorsed if not part.pcr_bank

boot_endorsed if {
	wanted := query_reference_value("pcrs")
	is_object(wanted)
	count(wanted) > 0
	every name, endorsed in wanted {
		part[name] in endorsed
	}
}

trust_claims := {
	"executables": executables,
	"hardware": hardware,
	"configuration": configuration,
}
)rego";

// What Trustee's verifier gives to policies as a function.
constexpr std::string_view kReferenceValues = R"rego(package policy

import rego.v1

query_reference_value(id) := object.get(data.reference_values, id, null)
)rego";

constexpr int kUnsafeHardware = 32;

constexpr const char* kSimulatedReason = "SIMULATED hardware: no vendor vouches for it";

// Which trust claims aren't affirming.
void AddTrustReasons(const token::TrustVector& trust, std::vector<std::string>& reasons) {
  for (const std::string_view name : token::kTrustClaims) {
    const auto value = trust.Get(name);
    if (!value) continue;
    const auto status = token::EarStatusOf(*value);
    if (status && *status != token::EarStatus::kAffirming) {
      reasons.push_back(std::string(name) + " is " + std::string(token::EarStatusName(*status)) + " (" +
                        std::to_string(*value) + ")");
    }
  }
}

// Who says that a part's measurement is good; or why nobody does.
struct Endorsement {
  bool endorsed = false;
  std::string endorser = {};
  std::string why_not = {};
};

// By `references`, of SNP alone, or by the reference value "measurement", one text or several. Compared as text: hex of any length.
Endorsement EndorsementOf(const evidence::PartFindings& part, const ReferenceValues& references, const Json& reference_values, Time now) {
  const auto measurement = part.claims.GetString("measurement");
  if (!measurement) return {.why_not = "measurement: there is none"};
  const Json* listed = reference_values.Find("measurement");
  if (listed != nullptr && (listed->is_array() ? std::ranges::find(**listed->AsArray(), Json(*measurement)) != (*listed->AsArray())->end()
                                               : Json(*measurement) == *listed)) {
    return {.endorsed = true};
  }
  const auto bytes = FromHex(*measurement);
  const auto digest = bytes ? ToArray<48>(*bytes) : Result<crypto::Sha384Digest>(bytes.error());
  // Of SNP alone is the measurement all that was launched: a TD's is its firmware, whatever kernel it then started.
  if (references.empty() || !digest || part.kind != evidence::EvidenceKind::kSnp) {
    return {.why_not = "measurement is \"" + *measurement + "\": whether this code is the code that was meant"};
  }
  const auto found = references.Find(*digest, now);
  if (!found) return {.why_not = found.error().message()};
  return {.endorsed = true, .endorser = found->endorser};
}

// Trustee's layout: {TEE: claims}, and beside it what the evidence binds.
Json PolicyInput(const evidence::PartFindings& part, const BoundClaims& bound, const Endorsement& endorsement) {
  Json reference = Json::Object{{"endorsed", endorsement.endorsed}};
  if (!endorsement.endorser.empty()) reference.Set("endorser", endorsement.endorser);
  return Json::Object{{std::string(evidence::PolicyInputName(part.kind)), part.claims},
                      {"reference", std::move(reference)},
                      {"report_data", bound.report_data},
                      {"init_data", bound.init_data},
                      {"init_data_claims", bound.init_data_claims},
                      {"runtime_data_claims", bound.runtime_data}};
}

}  // namespace

std::string DefaultPolicy() { return std::string(kGenuine) + std::string(kAlsoEndorsed); }

std::string GenuinenessPolicy() { return std::string(kGenuine) + std::string(kOnlyGenuine); }

std::string_view PartClass(evidence::EvidenceKind kind) {
  switch (kind) {
    case evidence::EvidenceKind::kNvidia:
    case evidence::EvidenceKind::kNvidiaGpu:
      return "gpu";
    case evidence::EvidenceKind::kNvidiaSwitch:
      return "switch";
    case evidence::EvidenceKind::kToken:
      return "token";
    default:
      return "cpu";
  }
}

namespace {

// What a token says of a part: the text of the devices' evidence, once more in each submod, would make tokens longer than a request
// head may be.
Json WithoutDevicesEvidence(const Json& input) {
  Json evidence = input;
  const Json* runtime_data = input.Find("runtime_data_claims");
  if (runtime_data == nullptr || !runtime_data->is_object()) return evidence;
  Json shorter = *runtime_data;
  shorter.Remove("additional-evidence");
  evidence.Set("runtime_data_claims", std::move(shorter));
  return evidence;
}

}  // namespace

Appraiser::Appraiser(AppraiserConfig config, std::map<std::string, ClassPolicy, std::less<>> policies, const crypto::SigningKey& key)
    : config_(std::move(config)),
      policies_(std::move(policies)),
      key_(key),
      public_key_{ToBase64Url(token::JwkThumbprint(key.Public())), key.Public()} {}

Result<std::unique_ptr<Appraiser>> Appraiser::Create(const AppraiserConfig& config, const crypto::SigningKey& key) {
  std::map<std::string, std::string> texts = config.class_policies;
  texts.insert_or_assign("", config.policy.empty() ? DefaultPolicy() : config.policy);
  const Json data = Json::Object{{"reference_values", config.reference_values}};
  std::map<std::string, ClassPolicy, std::less<>> policies;
  for (const auto& [part_class, text] : texts) {
    const policy::Module modules[] = {{"attestation-policy.rego", text}, {"reference-values.rego", std::string(kReferenceValues)}};
    policy::Policy compiled = TRY_WITH("attestation policy", policy::Policy::Compile(modules, data, {}));
    policies.emplace(part_class, ClassPolicy{std::move(compiled), crypto::Sha256(AsBytes(text))});
  }
  return std::unique_ptr<Appraiser>(new Appraiser(config, std::move(policies), key));
}

Result<token::EarSubmod> Appraiser::AppraisePart(const Part& part) const {
  const auto own = policies_.find(part.part_class);
  const ClassPolicy& chosen = own == policies_.end() ? policies_.at("") : own->second;
  const auto result = TRY_WITH("attestation policy", chosen.policy.Evaluate("data.policy.trust_claims", part.input, {}));
  if (!result.value) return Error(ErrorCode::kRefused, "attestation policy: expected trust claims, it gave none");
  token::EarSubmod submod;
  submod.trust = TRY_WITH("attestation policy", token::TrustVector::FromJson(*result.value));
  if (part.simulated) {
    // Whatever the policy says: simulated hardware is never affirming.
    const auto said = submod.trust.Get("hardware");
    if (!said || TRY(token::EarStatusOf(*said)) < token::EarStatus::kWarning) {
      TRY(submod.trust.Set("hardware", kUnsafeHardware));
    }
  }
  submod.policy_id = "default";
  submod.policy_digest = chosen.digest;
  submod.evidence = WithoutDevicesEvidence(part.input);
  return submod;
}

Result<Appraisal> Appraiser::AppraiseParts(std::vector<Part> parts, ByteSpan nonce, Time now) const {
  CHECK(!parts.empty());
  Appraisal appraisal;
  token::Ear ear{config_.issuer, now, now + config_.token_lifetime, "https://cloister.example", "cloister 0.1", ToBytes(nonce), {}};
  for (Part& part : parts) {
    token::EarSubmod submod = TRY_WITH(part.submod, AppraisePart(part));
    AddTrustReasons(submod.trust, part.reasons);
    for (const std::string& reason : part.reasons) {
      appraisal.reasons_.push_back(parts.size() == 1 ? reason : part.submod + ": " + reason);
    }
    appraisal.simulated_ = appraisal.simulated_ || part.simulated;
    ear.submods.emplace(part.submod, std::move(submod));
  }
  appraisal.trust_ = ear.submods.at(parts[0].submod).trust;
  appraisal.token_ = TRY(token::SignEar(key_, ear));
  const auto verified = TRY(token::VerifyEar(appraisal.token_, std::span(&public_key_, 1), {std::nullopt, std::nullopt, Seconds(0)}, now));
  appraisal.status_ = verified.Status();
  appraisal.claims_ = verified.claims();
  return appraisal;
}

Result<Appraisal> Appraiser::Appraise(const evidence::VerifiedEvidence& evidence, const ReferenceValues& references,
                                      const BoundClaims& bound, ByteSpan nonce, Time now) const {
  std::map<std::string, int> count;
  std::vector<Part> parts;
  for (const evidence::PartFindings& found : evidence.parts()) {
    const std::string part_class(PartClass(found.kind));
    const Endorsement endorsement = EndorsementOf(found, references, config_.reference_values, now);
    // All parts are one statement: where one is simulated, nothing vouches for their belonging together.
    Part part{part_class + std::to_string(count[part_class]++), part_class, PolicyInput(found, bound, endorsement), evidence.simulated(), {}};
    if (part.simulated) part.reasons.emplace_back(kSimulatedReason);
    for (const evidence::LeftToPolicy& left : evidence::FindLeftToPolicy(found)) {
      if (left.claim == "simulated" || left.claim == "measurement") continue;
      part.reasons.push_back(left.claim + " is " + left.value.Dump() + ": " + left.why);
    }
    if (!endorsement.endorsed && found.claims.Find("measurement") != nullptr) part.reasons.push_back(endorsement.why_not);
    parts.push_back(std::move(part));
  }
  return AppraiseParts(std::move(parts), nonce, now);
}

BoundClaims BoundClaims::Of(const evidence::VerifiedEvidence& evidence, Json runtime_data, Json init_data_claims) {
  const Json& claims = evidence.parts()[0].claims;
  const auto text = [&claims](std::string_view name) { return claims.GetString(name) ? *claims.GetString(name) : std::string(); };
  return {std::move(runtime_data), text("report_data"), text("init_data"), std::move(init_data_claims)};
}

}  // namespace cloister::appraisal

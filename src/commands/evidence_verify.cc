#include "base/file.h"
#include "commands/collateral_store.h"
#include "commands/documents.h"
#include "commands/evidence_commands.h"
#include "commands/evidence_files.h"
#include "commands/evidence_text.h"

namespace cloister::commands {
namespace {

using formats::Json;

constexpr std::size_t kMaxPolicy = std::size_t{1} << 20;

Result<evidence::EvidenceExpectations> ReadExpectations(const EvidenceVerifyOptions& options) {
  evidence::EvidenceExpectations expected{evidence::ChosenNonce::AnyNonce(), evidence::ChosenInitData::AnyInitData()};
  const auto from_hex = [](const char* option, const std::string& hex) -> Result<Bytes> {
    auto bytes = FromHex(hex);
    if (!bytes) return Error(ErrorCode::kUsage, std::string(option) + ": expected hex: " + bytes.error().message());
    return bytes;
  };
  if (!options.nonce.empty()) expected.nonce = evidence::ChosenNonce::Exactly(TRY(from_hex("--nonce", options.nonce)));
  if (!options.init_data.empty()) {
    expected.init_data = evidence::ChosenInitData::Exactly(TRY(from_hex("--init-data", options.init_data)));
  }
  if (!options.audience.empty()) expected.token_audience = options.audience;
  return expected;
}

Result<Time> ReadTime(const std::string& at) {
  if (at.empty()) return Now();
  const auto time = FromRfc3339(at);
  if (!time) return Error(ErrorCode::kUsage, "--at: " + time.error().message());
  return *time;
}

// The policies of the options, and what to call them.
struct ChosenPolicy {
  std::string name;
  appraisal::AppraiserConfig config;
};

Result<ChosenPolicy> ReadPolicy(const EvidenceVerifyOptions& options) {
  ChosenPolicy chosen{"built-in: is it genuine? Nobody judged the measurement", {"cloister evidence verify", Seconds(300), ""}};
  if (!options.reference_values.empty()) {
    chosen.config.reference_values = TRY(ReadJson(options.reference_values));
    TRY_WITH(options.reference_values + ": expected an object {id: value}", chosen.config.reference_values.AsObject());
    chosen.name = "built-in default";
  } else if (options.policies.empty()) {
    chosen.config.policy = appraisal::GenuinenessPolicy();
  }
  for (const std::string& one : options.policies) {
    const std::size_t equals = one.find('=');
    const std::string part_class = equals == std::string::npos ? "" : one.substr(0, equals);
    const std::string file = equals == std::string::npos ? one : one.substr(equals + 1);
    std::string text = TRY(ReadTextFile(file, kMaxPolicy));
    if (text.empty()) return Error(ErrorCode::kMalformed, file + ": expected a policy, got an empty file");
    std::string& place = part_class.empty() ? chosen.config.policy : chosen.config.class_policies[part_class];
    if (!place.empty()) return Error(ErrorCode::kUsage, "--policy: expected one policy for each class, got two");
    place = std::move(text);
    if (part_class.empty()) chosen.name = file;
  }
  return chosen;
}

Error Refused(const Error& error) { return AsVerdict(error).With("NOT VERIFIED"); }

}  // namespace

Result<Answer> EvidenceVerify(const EvidenceVerifyOptions& options, Streams streams) {
  if (options.no_policy && (!options.policies.empty() || !options.reference_values.empty())) {
    return Error(ErrorCode::kUsage, "--no-policy: expected neither --policy nor --reference-values beside it");
  }
  const auto expected = TRY(ReadExpectations(options));
  const Time at = TRY(ReadTime(options.at));
  const ChosenPolicy chosen = TRY(ReadPolicy(options));
  // Of this process alone: nobody else trusts what it signs.
  const crypto::SigningKey key = crypto::SigningKey::Generate(crypto::SignatureAlgorithm::kEs256);
  const auto appraiser = TRY_WITH("--policy: expected Rego that compiles", appraisal::Appraiser::Create(chosen.config, key));
  const auto anchors = TRY(ReadAnchors(options.simulated_anchors, options.accept_simulated));
  const auto devices = TRY(ReadDevices(options.devices));
  const auto files = TRY(ReadGiven(options.files));
  const auto machine = TRY(ReadMachine(files));
  if (!machine && !options.devices.empty()) return Error(ErrorCode::kUsage, "--devices: expected a statement of a whole machine, got a part");
  const auto shown = machine ? evidence::PrimaryPartOf(*machine) : ReadEvidence(files, options.tee);
  const evidence::EvidencePart part = TRY(shown);
  const auto collateral = TRY_WITH("collateral", ReadCollateralFor(part, machine, options.collateral, anchors, at));
  const auto verified =
      machine ? evidence::VerifyEvidence(*machine, collateral, anchors, {expected.nonce, expected.init_data, devices, {"cloister"}}, at)
              : evidence::VerifyEvidence(part, collateral, anchors, expected, at);
  if (!verified) {
    if (options.json) streams.out << Json(Json::Object{{"verified", false}, {"yes", false}, {"why", verified.error().message()},
                                                       {"code", ErrorCodeName(verified.error().code())}}).Pretty();
    return Refused(verified.error());
  }
  std::optional<appraisal::Appraisal> appraisal;
  if (!options.no_policy) {
    const Bytes nonce = expected.nonce.value().value_or(Bytes());
    const auto bound = appraisal::BoundClaims::Of(*verified, machine ? evidence::RuntimeDataOf(*machine) : Json(), nullptr);
    appraisal = TRY(appraiser->Appraise(*verified, {}, bound, nonce, at));
  }
  const EvidenceVerdict verdict{*verified, appraisal ? &*appraisal : nullptr, chosen.name, appraiser->policy_digest()};
  streams.out << (options.json ? verdict.ToJson().Pretty() : verdict.ToText());
  return verdict.Yes() ? Answer::kYes : Answer::kNo;
}

}  // namespace cloister::commands

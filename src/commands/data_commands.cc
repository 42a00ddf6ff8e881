#include "commands/data_commands.h"

#include <algorithm>

#include "base/file.h"
#include "broker/resources.h"
#include "commands/documents.h"
#include "commands/open_output.h"
#include "contract/pipeline.h"
#include "formats/safetensors.h"
#include "sealed/age_file.h"
#include "training/plan.h"

namespace cloister::commands {
namespace {

using formats::Json;
namespace fs = std::filesystem;

constexpr std::string_view kModelSuffix = ".safetensors.age";
constexpr std::string_view kUnproved =
    "expected the room's proof.json beside the model or with --proof, got none; nothing shows which room made it "
    "(--unattested opens it all the same)";

// The proof that DataOpen has to verify first; none: this is a plain age file.
Result<std::optional<fs::path>> ProofOf(const DataOpenOptions& options) {
  if (!options.proof.empty() && options.unattested) {
    return Error(ErrorCode::kUsage, "expected --proof or --unattested, got both");
  }
  if (!options.proof.empty()) return std::optional<fs::path>(options.proof);
  const fs::path beside = fs::path(options.input).parent_path() / "proof.json";
  std::error_code ignored;
  if (fs::exists(beside, ignored)) {
    if (options.unattested) {
      return Error(ErrorCode::kUsage, "expected no --unattested: " + beside.string() + " is there, so it is verified");
    }
    return std::optional(beside);
  }
  if (options.input.ends_with(kModelSuffix) && !options.unattested) {
    return Error(ErrorCode::kRefused, options.input + ": " + std::string(kUnproved));
  }
  return std::optional<fs::path>();
}

Result<Answer> OpenAttested(const DataOpenOptions& options, const fs::path& proof, Streams streams) {
  if (options.contract.empty()) {
    return Error(ErrorCode::kUsage, "expected --contract with your own copy of the contract, to verify " + proof.string());
  }
  const auto contract = TRY(ReadContract(options.contract));
  evidence::SimulatedAnchors anchors;
  if (!options.simulated_anchors.empty()) {
    anchors = TRY_WITH("expected SIMULATED anchors", evidence::SimulatedAnchors::Load(options.simulated_anchors));
  }
  const sealed::Identity identity = TRY(ReadIdentity(options.identity));
  const auto opened = OpenOutput(options.input, proof, contract, anchors, identity);
  if (!opened) return AsVerdict(opened.error());
  TRY(WriteFile(options.output, opened->plaintext.ExposeSecret(), FileMode::kPrivate));
  for (const std::string& step : opened->steps) streams.err << "holds: " << step << "\n";
  if (opened->simulated) streams.err << "SIMULATED hardware: no vendor vouches for the machine that the room ran on.\n";
  streams.err << options.output << ": output " << opened->output.name << ", " << opened->plaintext.size() << " bytes\n";
  return Answer::kYes;
}

}  // namespace

Result<Answer> DataSeal(const DataSealOptions& options, Streams streams) {
  TRY(CheckWritable(options.output));
  if (!options.record.empty()) TRY(CheckWritable(options.record));
  std::vector<sealed::Recipient> recipients;
  for (const std::string& text : options.recipients) {
    const auto recipient = sealed::Recipient::FromText(text);
    if (!recipient) return Error(ErrorCode::kUsage, "--recipient: expected age1…: " + recipient.error().message());
    recipients.push_back(*recipient);
  }
  const auto record = TRY(sealed::SealFile(recipients, options.input, options.output, crypto::SystemRandom()));
  const std::string text = record.ToJson().Pretty();
  if (options.record.empty()) {
    streams.out << text;
  } else {
    TRY(WriteFile(options.record, AsBytes(text), FileMode::kPublic));
  }
  return Answer::kYes;
}

Result<Answer> DataOpen(const DataOpenOptions& options, Streams streams) {
  TRY(CheckWritable(options.output));
  const auto proof = TRY(ProofOf(options));
  if (proof) return OpenAttested(options, *proof, streams);
  const sealed::Identity identity = TRY(ReadIdentity(options.identity));
  const SecretBytes plaintext = TRY_WITH(options.input + ": expected an age v1 file for this identity", sealed::OpenFile(identity, options.input));
  if (!options.unattested && formats::ReadSafetensors(plaintext.ExposeSecret())) {
    return Error(ErrorCode::kRefused, options.input + ": " + std::string(kUnproved));
  }
  TRY(WriteFile(options.output, plaintext.ExposeSecret(), FileMode::kPrivate));
  if (options.unattested) streams.err << "UNATTESTED: nothing shows which room made " << options.input << ".\n";
  return Answer::kYes;
}

Result<Answer> DataPipeline(const DataPipelineOptions& options, Streams streams) {
  TRY(CheckWritable(options.output));
  const Json json = TRY(ReadJson(options.input));
  const auto pipeline = TRY_WITH(options.input + ": expected a pipeline/v1", contract::Pipeline::FromJson(json));
  TRY_WITH(options.input + ": expected a training plan in \"training\"", training::TrainingPlan::FromJson(pipeline.training));
  const std::string text = TRY(pipeline.ToJson().Canonical());
  TRY(WriteFile(options.output, AsBytes(text), FileMode::kPublic));
  streams.out << ToHex(pipeline.digest()) << "\n";
  return Answer::kYes;
}

Result<Answer> DataDescribe(const DataDescribeOptions& options, Streams streams) {
  if (!options.output.empty()) TRY(CheckWritable(options.output));
  const auto record = TRY_WITH(options.record + ": expected a sealing record", sealed::SealingRecord::FromJson(TRY(ReadJson(options.record))));
  const PartyCard provider = TRY(ReadPartyCard(options.provider));
  const bool table = !options.schema.empty();
  if (table && (options.principal_column.empty() || options.account.empty())) {
    return Error(ErrorCode::kUsage, "expected --principal-column and --account with --schema: a table has people and a budget");
  }
  Json json = Json::Object{
      {"id", "urn:uuid:" + crypto::NewUuidV4(crypto::SystemRandom())},
      {"name", options.name},
      {"owner", options.owner},
      {"kind", table ? "table" : "pipeline"},
      {"provider", provider.did},
      {"url", options.url},
      {"integrity", Json::Object{{"encryption", "age-v1"},
                                 {"sha256", ToHex(record.file.sha256)},
                                 {"size", record.file.size},
                                 {"header_sha256", ToHex(record.header_sha256)}}},
      {"key", Json::Object{{"type", "kbs"}, {"properties", Json::Object{{"resource", options.resource}}}}}};
  if (table) {
    json.Set("schema", TRY(ReadJson(options.schema)));
    json.Set("principalColumn", options.principal_column);
    json.Set("account", options.account);
  }
  const auto dataset = TRY_WITH("expected what describes a dataset", contract::Dataset::FromJson(json));
  if (dataset.schema && std::ranges::none_of(dataset.schema->fields, [&](const auto& field) { return field.name == options.principal_column; })) {
    return Error(ErrorCode::kUsage, "--principal-column: expected a field of " + options.schema + ", got " + options.principal_column);
  }
  if (!broker::ResourcePath::Parse(options.resource)) {
    return Error(ErrorCode::kUsage, "--resource: expected repo/type/tag, such as datasets/patients/v1, got " + options.resource);
  }
  const std::string text = dataset.ToJson().Pretty();
  if (options.output.empty()) {
    streams.out << text;
  } else {
    TRY(WriteFile(options.output, AsBytes(text), FileMode::kPublic));
  }
  return Answer::kYes;
}

}  // namespace cloister::commands

#include "demo/world.h"

#include <csignal>

#include "base/file.h"
#include "contract/account_entry.h"
#include "contract/pipeline.h"
#include "evidence/anchors.h"
#include "sealed/age_file.h"

namespace cloister::demo {
namespace {

using contract::Dataset;
using contract::Role;
using formats::Json;
namespace fs = std::filesystem;

constexpr std::chrono::milliseconds kStartPatience{30'000};
constexpr std::size_t kMaxDocument = 1u << 20;
constexpr double kValidationShare = 0.1;
// What the simulator's processors have unless they are told otherwise.
constexpr contract::MinimumTcb kLeastFirmware{.bootloader = 4, .tee = 0, .snp = 24, .microcode = 219};

Result<void> MakeFolder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) return Error(ErrorCode::kIo, folder.string() + ": cannot make the folder: " + error.message());
  return {};
}

Result<Json> ReadJson(const fs::path& path) {
  return TRY_WITH(path.string(), Json::Parse(TRY(ReadTextFile(path, kMaxDocument))));
}

std::string DidOf(const std::string& name) { return "did:web:" + name + ".example"; }

contract::FieldClass ClassOf(const std::string& use) {
  if (use == "identifier") return contract::FieldClass::kIdentifier;
  if (use == "feature") return contract::FieldClass::kFeature;
  if (use == "label") return contract::FieldClass::kLabel;
  return contract::FieldClass::kOther;
}

contract::TableSchema SchemaOf(const ScenarioTable& table) {
  contract::TableSchema schema{contract::TableFormat::kCsv, true, {}, table.rows};
  for (const ScenarioField& field : table.fields) {
    const auto type = field.type == "number"    ? contract::FieldType::kNumber
                      : field.type == "integer" ? contract::FieldType::kInteger
                                                : contract::FieldType::kText;
    contract::Field described{field.name, type, ClassOf(field.use), std::nullopt, std::nullopt};
    if (field.high > field.low) described.bounds = contract::Bounds{field.low, field.high};
    schema.fields.push_back(std::move(described));
  }
  return schema;
}

SecretBytes DemoPassphrase() { return SecretBytes::CopyOf(AsBytes("demonstration only")); }

std::string NewUrn() { return "urn:uuid:" + crypto::NewUuidV4(crypto::SystemRandom()); }

}  // namespace

World::World(WorldConfig config, Scenario scenario, commands::Console& console)
    : config_(std::move(config)), scenario_(std::move(scenario)), console_(console) {}

World::~World() = default;

Actor& World::actor(const std::string& name) {
  for (const auto& one : actors_) {
    if (one->name == name) return *one;
  }
  FailCheck("an actor of that name", __FILE__, __LINE__);
}

std::vector<std::string> World::providers() const {
  std::vector<std::string> names;
  for (const auto& one : actors_) {
    if (one->card.broker) names.push_back(one->name);
  }
  return names;
}

Result<void> World::SetUp() {
  agreed_.folder = config_.folder;
  TRY(MakeFolder(config_.folder / "sealed"));
  TRY(StartHardware());
  TRY(StartLedger());
  TRY(MakeParties());
  TRY(SealData());
  TRY(DrawUpContract());
  TRY(SignContract());
  TRY(StartBrokers());
  TRY(Certify());
  for (const std::string& name : providers()) TRY(Import(actor(name)));
  return {};
}

Result<commands::Process> World::StartDaemon(const std::string& program, std::vector<std::string> arguments, const std::string& who,
                                   std::string& url) {
  constexpr std::string_view kScheme = "https://";
  if (!url.empty()) arguments.insert(arguments.end(), {"--listen", url.substr(kScheme.size())});
  commands::Process process = TRY(commands::Process::Start({config_.programs / program, std::move(arguments), config_.folder / (who + ".log")}));
  const std::string line = TRY_WITH(program, process.ReadLine(kStartPatience));
  constexpr std::string_view kReady = "ready ";
  if (!line.starts_with(kReady)) return Error(ErrorCode::kUnavailable, program + ": expected to become ready, it said: " + line);
  url = line.substr(kReady.size());
  return process;
}

Result<void> World::StartHardware() {
  if (!fs::exists(config_.hardware / "anchors.json")) {
    commands::Process init = TRY(commands::Process::Start({config_.programs / "cloister-simulator",
                                       {"init", "--dir", config_.hardware.string()},
                                       config_.folder / "simulator.log"}));
    const commands::Ended ended = TRY(init.Wait(std::chrono::minutes(2)));
    if (ended.code != 0) return Error(ErrorCode::kIo, "cloister-simulator init: " + ended.errors);
  }
  auto anchors = TRY(evidence::SimulatedAnchors::Load(config_.hardware / "anchors.json"));
  if (anchors.snp().empty()) return Error(ErrorCode::kMalformed, "anchors.json: expected a simulated root, found none");
  for (const fs::path& folder : config_.more_hardware) {
    const auto more = TRY(evidence::SimulatedAnchors::Load(folder / "anchors.json"));
    for (const evidence::SimulatedSnpRoot& root : more.snp()) TRY(anchors.Add(root));
  }
  TRY(WriteFile(config_.folder / "anchors.json", AsBytes(anchors.ToJson()), FileMode::kPublic));
  for (const evidence::SimulatedSnpRoot& root : anchors.snp()) roots_.push_back(root.certificate.Fingerprint());
  measurement_ = TRY(Measure(room_program()));
  console_.Say("operator", "SIMULATED hardware, root " + ToHex(roots_[0]).substr(0, 16) + "…; the room measures " +
                               measurement_.substr(0, 16) + "…");
  return {};
}

Result<Json> World::AskSimulator(std::vector<std::string> arguments) {
  const std::string what = "cloister-simulator " + arguments.at(0);
  commands::Process asked = TRY(commands::Process::Start(
      {config_.programs / "cloister-simulator", std::move(arguments), config_.folder / "simulator.log"}));
  std::string text;
  for (;;) {
    const auto line = asked.ReadLine(kStartPatience);
    if (!line) break;
    text += *line + "\n";
  }
  const commands::Ended ended = TRY(asked.Wait(kStartPatience));
  if (ended.code != 0) return Error(ErrorCode::kIo, what + ": " + ended.errors);
  return TRY_WITH(what, Json::Parse(text));
}

Result<std::string> World::Measure(const fs::path& program) {
  return TRY(AskSimulator({"measure", "--", program.string()})).GetString("measurement");
}

Result<Json> World::SignFalseEvidence(const std::array<std::uint8_t, 32>& host_data,
                                      const std::array<std::uint8_t, 64>& report_data) {
  return AskSimulator({"sign", "--dir", config_.hardware.string(), "--measurement", measurement_, "--host-data",
                       ToHex(host_data), "--report-data", ToHex(report_data)});
}

Result<commands::Process> World::StartLedgerIn(const fs::path& folder, std::string& url) {
  return StartDaemon("cloister-ledger",
                     {"--dir", folder.string(), "--origin", "ledger.example/contracts", "--card", folder.string() + ".json"},
                     folder.filename().string(), url);
}

Result<void> World::StartLedger() {
  std::string url = ledger_card_.url;
  ledger_process_.reset();
  ledger_process_ = TRY(StartLedgerIn(config_.folder / "ledger", url));
  ledger_card_ = TRY(service::LedgerCard::FromJson(TRY(ReadJson(config_.folder / "ledger.json"))));
  ledger_ = TRY(service::HttpLedgerClient::Create(url, ledger_card_.terms.tls.at(0), std::nullopt));
  console_.Say("ledger", "answers at " + url);
  return {};
}

Result<void> World::MakeParties() {
  std::vector<std::pair<std::string, Role>> wanted;
  for (const ScenarioTable& table : scenario_.tables) wanted.emplace_back(table.owner, Role::kTdp);
  wanted.emplace_back("researcher", Role::kTdc);
  wanted.emplace_back("operator", Role::kCcrp);
  wanted.emplace_back("certifier", Role::kSro);
  for (const auto& [name, role] : wanted) {
    auto made = std::make_unique<Actor>();
    made->name = name;
    made->folder = config_.folder / "parties" / name;
    made->card = TRY(commands::InitParty(made->folder, {DidOf(name), role}, DemoPassphrase(), {}, clock_.Now()));
    made->identity = TRY(commands::LoadIdentity(made->folder, DemoPassphrase()));
    actors_.push_back(std::move(made));
  }
  console_.Say("everybody", std::to_string(wanted.size()) + " parties make their keys, each in its own folder");
  return {};
}

Result<SealedDataset> World::Seal(const ScenarioTable& table, const Actor& owner) {
  sealed::Identity identity = sealed::Identity::Generate(crypto::SystemRandom());
  const sealed::Recipient recipient = identity.recipient();
  const Bytes file = TRY(sealed::Seal(std::span(&recipient, 1), AsBytes(table.csv), crypto::SystemRandom()));
  sealed::SealingRecord record = TRY(sealed::Describe(file));
  const std::string name = table.name + ".csv.age";
  TRY(WriteFile(config_.folder / "sealed" / name, file, FileMode::kPublic));
  Dataset described{.id = NewUrn(),
                    .name = table.name,
                    .owner = owner.name,
                    .kind = contract::DatasetKind::kTable,
                    .provider = owner.card.did,
                    .url = "https://data." + owner.name + ".example/" + name,
                    .schema = SchemaOf(table),
                    .integrity = {record.file.sha256, record.file.size, record.header_sha256},
                    .key_resource = "datasets/" + table.name + "/v1",
                    .principal_column = scenario_.person,
                    .account = "patients-of-" + owner.name};
  return SealedDataset{std::move(described), std::move(record), std::move(identity)};
}

Result<SealedDataset> World::SealPipeline(const Actor& consumer) {
  const Json plan = TRY(ReadJson(config_.plan));
  const contract::Pipeline pipeline{scenario_.sql, scenario_.label, "person", kValidationShare, plan};
  Json json = pipeline.ToJson();
  if (changes_.pipeline) changes_.pipeline(json);
  const std::string text = TRY(json.Canonical());
  agreed_.pipeline = crypto::Sha256(AsBytes(text));
  sealed::Identity identity = sealed::Identity::Generate(crypto::SystemRandom());
  const sealed::Recipient recipient = identity.recipient();
  const Bytes file = TRY(sealed::Seal(std::span(&recipient, 1), AsBytes(text), crypto::SystemRandom()));
  sealed::SealingRecord record = TRY(sealed::Describe(file));
  TRY(WriteFile(agreed_.folder / "sealed" / "pipeline.json.age", file, FileMode::kPublic));
  const std::string id = NewUrn();
  Dataset described{.id = id,
                    .name = "pipeline",
                    .owner = consumer.name,
                    .kind = contract::DatasetKind::kPipeline,
                    .provider = consumer.card.did,
                    .url = "https://data." + consumer.name + ".example/pipeline.json.age",
                    .schema = std::nullopt,
                    .integrity = {record.file.sha256, record.file.size, record.header_sha256},
                    .key_resource = "datasets/pipeline/v" + std::to_string(agreements_ + 1),
                    .principal_column = "",
                    .account = contract::UnmeteredAccount(id)};
  return SealedDataset{std::move(described), std::move(record), std::move(identity)};
}

Result<void> World::SealData() {
  for (const ScenarioTable& table : scenario_.tables) {
    datasets_.push_back(TRY(Seal(table, actor(table.owner))));
    console_.Say(table.owner, "seals " + std::to_string(table.rows) + " rows of " + table.name +
                                  "; the key stays in its own broker, the ciphertext goes to the operator");
  }
  datasets_.push_back(TRY(SealPipeline(actor("researcher"))));
  console_.Say("researcher", "seals its pipeline; keeps " + std::to_string(scenario_.held_out.labels.size()) +
                                 " patients of its own, to judge the model with");
  return {};
}

Result<void> World::DrawUpContract() {
  const Time now = clock_.Now();
  std::vector<commands::PartyCard> cards;
  for (const auto& one : actors_) cards.push_back(one->card);
  std::vector<Dataset> described;
  for (const SealedDataset& dataset : datasets_) described.push_back(dataset.described);
  commands::DraftTerms terms;
  terms.id = NewUrn();
  terms.start = now - std::chrono::minutes(1);
  terms.expiry = now + std::chrono::hours(24 * 30);
  terms.epsilon = scenario_.epsilon;
  terms.delta = scenario_.delta;
  terms.total_epsilon = scenario_.epsilon * config_.total_runs;
  terms.total_delta = scenario_.delta * config_.total_runs;
  terms.roots = roots_;
  terms.min_tcb = kLeastFirmware;
  agreed_.contract = TRY(commands::DrawUp(cards, ledger_card_.terms, described, agreed_.pipeline, terms));
  if (changes_.contract) changes_.contract(*agreed_.contract);
  agreed_.json = agreed_.contract->ToCanonical();
  TRY(WriteFile(agreed_.folder / "contract.json", AsBytes(agreed_.json), FileMode::kPublic));
  console_.Say("everybody", "contract " + ToHex(agreed_.contract->digest()).substr(0, 16) + "…: epsilon " +
                                Json(scenario_.epsilon).Dump() + " a run, " + Json(terms.total_epsilon).Dump() + " in all");
  return {};
}

Result<void> World::Register(ByteSpan statement, const fs::path& receipt_file) {
  const Bytes receipt = TRY(ledger_->Register(statement));
  const auto trust = TRY(ledger::LedgerTrust::FromTerms(ledger_card_.terms));
  TRY(ledger::VerifyReceipt(receipt, statement, trust));
  return WriteFile(receipt_file, receipt, FileMode::kPublic);
}

Result<void> World::StartBroker(Actor& one) {
  one.broker.reset();
  one.broker = TRY(StartDaemon("cloister-broker",
                               {"--party", one.folder.string(), "--ledger", (config_.folder / "ledger.json").string()},
                               "broker-" + one.name, one.broker_url));
  return {};
}

namespace {

// The owner's word, apart from any contract, on which accounts there are and what each may ever be charged.
Json AccountsOf(const contract::Contract& contract, const std::string& owner) {
  Json accounts = Json::Object{};
  for (const contract::PrivacyTerms& terms : contract.privacy) {
    const Dataset& dataset = *contract.DatasetById(terms.dataset);
    if (dataset.provider != owner) continue;
    accounts.Set(dataset.account, Json::Object{{"epsilon", terms.total_epsilon}, {"delta", terms.total_delta}});
  }
  return accounts;
}

}  // namespace

Result<void> World::StartBrokers() {
  Json::Array named;
  for (const contract::Digest& root : roots_) named.push_back(ToHex(root));
  for (const std::string& name : providers()) {
    Actor& one = actor(name);
    Json settings = Json::Object{{"simulated_anchors", fs::absolute(config_.folder / "anchors.json").string()},
                                 {"accept_simulated", named}};
    const Json accounts = AccountsOf(contract(), one.card.did);
    if (accounts != Json(Json::Object{})) settings.Set("accounts", accounts);
    TRY(WriteFile(one.folder / "broker" / "broker.json", AsBytes(settings.Pretty()), FileMode::kPublic));
    TRY(StartBroker(one));
    console_.Say(name, "starts its broker at " + one.broker_url);
  }
  return {};
}

Result<void> World::Import(Actor& one) {
  commands::BrokerAdmin admin = TRY(commands::BrokerAdmin::Connect(one.folder, one.broker_url));
  std::vector<Bytes> signatures;
  for (const auto& [did, cose] : agreed_.signatures) signatures.push_back(cose);
  if (changes_.without.contains(one.name)) return {};
  TRY_WITH(one.name, admin.ImportContract(agreed_.json, signatures));
  for (const SealedDataset& dataset : datasets_) {
    const bool known = agreements_ > 0 && dataset.described.kind == contract::DatasetKind::kTable;
    if (dataset.described.provider != one.card.did || known) continue;
    TRY_WITH(one.name, admin.ImportSealedKey(dataset.described.key_resource, dataset.record, dataset.identity));
  }
  if (agreements_ == 0) TRY_WITH(one.name, admin.ImportCertification(certification_));
  return {};
}

Result<Json> World::BudgetReport(const std::string& name) {
  Actor& one = actor(name);
  commands::BrokerAdmin admin = TRY(commands::BrokerAdmin::Connect(one.folder, one.broker_url));
  return admin.Budget();
}

Result<World::BudgetState> World::Budget(const std::string& name) {
  const Json budget = TRY(BudgetReport(name));
  BudgetState state;
  for (const Json& account : *TRY(budget.GetArray("accounts"))) {
    if (contract::IsUnmetered(TRY(account.GetString("account")))) continue;
    state.charged_epsilon += TRY(TRY(account.GetObject("charged"))->GetNumber("epsilon"));
    for (const Json& contract : *TRY(account.GetArray("contracts"))) {
      state.total_epsilon = std::max(state.total_epsilon, TRY(TRY(contract.GetObject("total"))->GetNumber("epsilon")));
    }
  }
  return state;
}

}  // namespace cloister::demo

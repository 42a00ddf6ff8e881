#include <csignal>

#include "base/file.h"
#include "commands/launch.h"
#include "demo/world.h"
#include "room/given.h"

namespace cloister::demo {
namespace {

namespace fs = std::filesystem;

Result<void> MakeFolder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) return Error(ErrorCode::kIo, folder.string() + ": cannot make the folder: " + error.message());
  return {};
}

}  // namespace

Result<void> World::SignContract() {
  const Time now = clock_.Now();
  TRY(MakeFolder(agreed_.folder / "signatures"));
  TRY(MakeFolder(agreed_.folder / "receipts"));
  for (const auto& one : actors_) {
    const contract::Party* party = agreed_.contract->FindParty(one->card.did);
    if (party == nullptr || !party->signs || changes_.without.contains(one->name)) continue;
    const Bytes cose = TRY(contract::SignDocument(*agreed_.contract, *one->identity, one->card.did, now));
    const std::string file = room::PartyFileName(one->card.did);
    TRY(WriteFile(agreed_.folder / "signatures" / file, cose, FileMode::kPublic));
    agreed_.signatures[one->card.did] = cose;
    if (config_.unregistered.contains(one->name)) continue;
    TRY_WITH("ledger", Register(cose, agreed_.folder / "receipts" / file));
    console_.Say(one->name, "signs the contract; the ledger gives a receipt");
  }
  return {};
}

Result<void> World::AgreeAnew(const ContractChanges& changes) {
  changes_ = changes;
  ++agreements_;
  agreed_ = Agreement{.folder = config_.folder / ("agreement-" + std::to_string(agreements_)), .contract = {}, .json = {}, .signatures = {}};
  TRY(MakeFolder(agreed_.folder / "sealed"));
  datasets_.pop_back();
  datasets_.push_back(TRY(SealPipeline(actor("researcher"))));
  TRY(DrawUpContract());
  TRY(SignContract());
  for (const std::string& name : providers()) TRY(Import(actor(name)));
  return {};
}

void World::TakeKey(Actor& actor, crypto::SigningKey key) {
  actor.card.keys = {contract::NamedKey::Of(key.Public())};
  actor.identity = std::move(key);
}

Result<void> World::Certify() {
  const Time now = clock_.Now();
  Actor& certifier = actor("certifier");
  const auto measurement = TRY(ToArray<48>(TRY(FromHex(measurement_))));
  contract::Certification certification{certifier.card.did,
                                        {measurement},
                                        {"dp-sgd/1"},
                                        {"releases nothing but the contracted outputs"},
                                        now - std::chrono::minutes(1),
                                        now + std::chrono::hours(24 * 30)};
  certification_ = TRY(contract::SignDocument(certification, *certifier.identity, certifier.card.did, now));
  TRY(WriteFile(config_.folder / "certification.cose", certification_, FileMode::kPublic));
  TRY_WITH("ledger", Register(certification_, config_.folder / "receipts" / "certification.cose"));
  console_.Say("certifier", "endorses this measurement of the room, for 30 days");
  return {};
}

Result<RoomInputs> World::RequestRun(Seconds lifetime) {
  const Time now = clock_.Now();
  Actor& consumer = actor("researcher");
  RoomInputs inputs;
  inputs.run = crypto::NewUuidV4(crypto::SystemRandom());
  contract::RunRequest request{inputs.run, {agreed_.contract->digest()}, agreed_.pipeline, {}, consumer.card.did,
                               now - std::chrono::minutes(1), now + lifetime};
  for (const contract::PrivacyTerms& terms : agreed_.contract->privacy) {
    request.spend.push_back({terms.dataset, terms.epsilon, terms.delta});
  }
  const Bytes cose = TRY(contract::SignDocument(request, *consumer.identity, consumer.card.did, now));
  console_.Say("researcher", "signs run request " + inputs.run);
  const fs::path folder = config_.folder / "runs" / inputs.run;
  inputs.data = folder / "data";
  inputs.out = folder / "out";
  TRY(MakeFolder(inputs.data));
  TRY(MakeFolder(inputs.out));
  std::error_code error;
  fs::copy(agreed_.folder / "signatures", inputs.data / "signatures", fs::copy_options::recursive, error);
  if (!error) fs::copy(agreed_.folder / "receipts", inputs.data / "receipts", fs::copy_options::recursive, error);
  if (!error) fs::copy(config_.folder / "sealed", inputs.data, fs::copy_options::recursive, error);
  if (!error) fs::copy(agreed_.folder / "sealed", inputs.data, fs::copy_options::recursive | fs::copy_options::overwrite_existing, error);
  if (error) return Error(ErrorCode::kIo, folder.string() + ": cannot lay the inputs ready: " + error.message());
  TRY(WriteFile(inputs.data / "contract.json", AsBytes(agreed_.json), FileMode::kPublic));
  TRY(WriteFile(inputs.data / "certification.cose", certification_, FileMode::kPublic));
  TRY(WriteFile(inputs.data / "run-request.cose", cose, FileMode::kPublic));
  inputs.init_data = {crypto::Sha256(cose), {agreed_.contract->digest()}, agreed_.pipeline,
                      {ledger_card_.terms.origin, ledger_card_.url, {}, ledger_card_.terms.tls, {}}, {}};
  for (const contract::NamedKey& key : ledger_card_.terms.keys) inputs.init_data.ledger.keys.push_back(key.kid);
  for (const std::string& name : providers()) {
    const Actor& one = actor(name);
    inputs.init_data.brokers.push_back({one.card.did, one.broker_url, one.card.broker->tls.at(0)});
  }
  return inputs;
}

Result<RoomRun> World::LaunchRoom(const RoomInputs& inputs, const std::optional<std::string>& kill_in_state) {
  const fs::path folder = inputs.out.parent_path();
  const fs::path init_data = folder / "init-data.toml";
  const std::string text = inputs.init_data_text ? *inputs.init_data_text : inputs.init_data.ToToml();
  TRY(WriteFile(init_data, AsBytes(text), FileMode::kPublic));
  const commands::Launch launch{.simulator = config_.programs / "cloister-simulator",
                      .hardware = inputs.hardware ? *inputs.hardware : config_.hardware,
                      .init_data_file = init_data,
                      .data = inputs.data,
                      .out = inputs.out,
                      .room = room_override_ ? *room_override_ : room_program(),
                      .log = folder / "room.log",
                      .options = inputs.simulator_options};
  RoomRun run{inputs.run, inputs.out, 0, "", {}};
  const auto end = TRY(commands::LaunchRoom(launch, inputs.init_data, [&](const std::string& state, commands::Process& process) {
    run.states.push_back(state);
    if (on_state_) on_state_(state);
    if (kill_in_state == state) process.Kill(SIGKILL);
  }));
  run.exit_code = end.exit_code;
  run.reason = end.reason;
  if (run.exit_code != 0 && run.reason.empty()) run.reason = end.errors;
  return run;
}

Result<sealed::Identity> World::ConsumerIdentity() {
  const SecretBytes text = TRY(ReadSecretFile(actor("researcher").folder / "age-identity.txt", 4096));
  return sealed::Identity::FromText(AsText(text.ExposeSecret()));
}

Result<commands::OpenedOutput> World::OpenAsConsumer(const fs::path& file, const fs::path& proof) {
  const auto anchors = TRY(evidence::SimulatedAnchors::Load(config_.hardware / "anchors.json"));
  return commands::OpenOutput(file, proof, contract(), anchors, TRY(ConsumerIdentity()));
}

}  // namespace cloister::demo

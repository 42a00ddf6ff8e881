// A whole clean-room world on one machine: simulated hardware, a ledger, parties with their brokers, sealed data, a signed
// contract; every step by the code that the parties' own commands use. For the
// demonstration and its attacks.
#pragma once

#include <functional>
#include <map>
#include <set>

#include "commands/broker_admin.h"
#include "commands/console.h"
#include "commands/draft.h"
#include "commands/open_output.h"
#include "commands/process.h"
#include "contract/init_data.h"
#include "contract/run.h"
#include "contract/signed_contract.h"
#include "demo/scenario.h"
#include "service/http_ledger_client.h"
#include "service/ledger_card.h"

namespace cloister::demo {

struct WorldConfig {
  std::filesystem::path folder;    // empty or absent
  std::filesystem::path programs;  // where our programs are
  std::filesystem::path hardware;  // of the simulated processor; made if absent, may be shared
  std::filesystem::path plan;      // the training plan (JSON)
  double total_runs = 3;           // the budget is worth so many runs
  std::set<std::string> unregistered = {};  // parties whose signature the ledger never gets
  std::vector<std::filesystem::path> more_hardware = {};  // processors whose roots the parties name too
};

// What to draw up otherwise than the scenario says; for attacks.
struct ContractChanges {
  std::function<void(formats::Json&)> pipeline = nullptr;            // the pipeline before it is sealed; need not be one afterwards
  std::function<void(contract::Contract&)> contract = nullptr;  // before anybody signs
  std::set<std::string> without = {};                            // parties that do not sign it
};

// One contract, its papers and its pipeline, as all parties know them.
struct Agreement {
  std::filesystem::path folder;  // signatures/, receipts/, sealed/pipeline.json.age
  contract::Digest pipeline{};
  std::optional<contract::Contract> contract;
  std::string json;
  std::map<std::string, Bytes> signatures;  // by DID
};

// One party as the demonstration plays it.
struct Actor {
  std::string name;
  std::filesystem::path folder;
  commands::PartyCard card;
  std::optional<crypto::SigningKey> identity;
  std::optional<commands::Process> broker;
  std::string broker_url;
};

struct SealedDataset {
  contract::Dataset described;
  sealed::SealingRecord record;
  sealed::Identity identity;
};

// How a room ended.
struct RoomRun {
  std::string run;
  std::filesystem::path out;
  int exit_code = 0;
  std::string reason;               // why it failed; empty if it didn't
  std::vector<std::string> states;  // that it entered
  bool Done() const { return exit_code == 0; }
};

// What the operator lays ready for a room; a test may change any of it.
struct RoomInputs {
  std::string run;
  std::filesystem::path data;
  std::filesystem::path out;
  contract::InitData init_data;
  // For attacks: text in the place of the init-data, another processor, more options of the simulator.
  std::optional<std::string> init_data_text = std::nullopt;
  std::optional<std::filesystem::path> hardware = std::nullopt;
  std::vector<std::string> simulator_options = {};
};

class World {
 public:
  // Nothing is started yet. `console` outlives it.
  World(WorldConfig config, Scenario scenario, commands::Console& console);
  ~World();

  // All steps up to and with the import of everything into the brokers.
  Result<void> SetUp();
  Result<void> StartHardware();
  // Also after it ended; then it answers where it answered before, as a broker does.
  Result<void> StartLedger();
  // For attacks: a second ledger daemon over the files in `folder`, with the first one's name; `url`: where it answers.
  Result<commands::Process> StartLedgerIn(const std::filesystem::path& folder, std::string& url);
  Result<void> MakeParties();
  Result<void> SealData();
  Result<void> DrawUpContract();
  Result<void> SignContract();
  Result<void> StartBrokers();
  Result<void> StartBroker(Actor& actor);
  Result<void> Certify();
  Result<void> Import(Actor& actor);

  // Another pipeline, and another contract over the same data that pins it, signed by all and imported by all brokers: from now
  // on runs are requested under it. Costs a fraction of another world.
  Result<void> AgreeAnew(const ContractChanges& changes);
  // What runs are requested under; `Return` goes back to an earlier one.
  const Agreement& agreement() const { return agreed_; }
  void Return(Agreement earlier) { agreed_ = std::move(earlier); }

  // The party signs with `key` from now on, and contracts that are agreed on later name it.
  void TakeKey(Actor& actor, crypto::SigningKey key);

  // The consumer signs a run request for the scenario's spend, and the operator lays everything ready. What is reserved
  // with it lapses `lifetime` from now where no key was released.
  Result<RoomInputs> RequestRun(Seconds lifetime = std::chrono::minutes(10));
  // Launches the room and waits for its end. With `kill_in_state` it is killed (SIGKILL) when it enters that state.
  Result<RoomRun> LaunchRoom(const RoomInputs& inputs, const std::optional<std::string>& kill_in_state);

  // What the researcher's outputs are sealed to.
  Result<sealed::Identity> ConsumerIdentity();
  // As `cloister data open` does for the researcher: with the researcher's own copy of the contract and its own identity.
  Result<commands::OpenedOutput> OpenAsConsumer(const std::filesystem::path& file, const std::filesystem::path& proof);

  // Another program in the room's place, from now on.
  void ReplaceRoom(std::filesystem::path program) { room_override_ = std::move(program); }
  // For attacks: evidence of the certified room that was never launched, as an attacker who owns the hardware could make it.
  Result<formats::Json> SignFalseEvidence(const std::array<std::uint8_t, 32>& host_data,
                                          const std::array<std::uint8_t, 64>& report_data);
  // Called with each state that a room enters.
  void WatchStates(std::function<void(const std::string&)> on_state) { on_state_ = std::move(on_state); }

  // What a provider's broker says of its account: {epsilon, delta} charged and total.
  struct BudgetState {
    double charged_epsilon = 0;
    double total_epsilon = 0;
  };
  Result<BudgetState> Budget(const std::string& actor);
  // All that the broker says of its accounts and of each run on them.
  Result<formats::Json> BudgetReport(const std::string& actor);

  const Scenario& scenario() const { return scenario_; }
  const WorldConfig& config() const { return config_; }
  const contract::Contract& contract() const { return *agreed_.contract; }
  const std::string& contract_json() const { return agreed_.json; }
  Actor& actor(const std::string& name);
  std::vector<std::string> providers() const;  // names of those with brokers, the consumer last
  const std::string& measurement() const { return measurement_; }
  const service::LedgerCard& ledger_card() const { return ledger_card_; }
  const std::vector<SealedDataset>& datasets() const { return datasets_; }
  std::filesystem::path room_program() const { return config_.programs / "cloister-room"; }
  commands::Console& console() { return console_; }
  service::HttpLedgerClient& ledger() { return *ledger_; }
  commands::Process& ledger_process() { return *ledger_process_; }
  Result<void> Register(ByteSpan statement, const std::filesystem::path& receipt_file);

 private:
  Result<SealedDataset> Seal(const ScenarioTable& table, const Actor& owner);
  Result<SealedDataset> SealPipeline(const Actor& consumer);
  Result<std::string> Measure(const std::filesystem::path& program);
  // What cloister-simulator prints for `arguments`, as JSON.
  Result<formats::Json> AskSimulator(std::vector<std::string> arguments);
  // `url`: where it answers; empty for wherever there is room.
  Result<commands::Process> StartDaemon(const std::string& program, std::vector<std::string> arguments, const std::string& who,
                              std::string& url);

  WorldConfig config_;
  Scenario scenario_;
  commands::Console& console_;
  SystemClock clock_;
  std::vector<std::unique_ptr<Actor>> actors_;
  std::optional<commands::Process> ledger_process_;
  std::unique_ptr<service::HttpLedgerClient> ledger_;
  service::LedgerCard ledger_card_;
  std::vector<SealedDataset> datasets_;
  std::vector<contract::Digest> roots_;
  std::string measurement_;
  Agreement agreed_;
  ContractChanges changes_;
  int agreements_ = 0;
  Bytes certification_;
  std::optional<std::filesystem::path> room_override_;
  std::function<void(const std::string&)> on_state_;
};

}  // namespace cloister::demo

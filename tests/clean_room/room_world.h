// A whole clean room in one process: a ledger, the brokers of all providers, sealed tables, SIMULATED hardware and RunRoom
// itself. What the room is given, and what the others answer, can be changed before it runs.
#pragma once

#include <functional>

#include "broker/world_for_tests.h"
#include "commands/temporary_folder.h"
#include "contract/pipeline.h"
#include "room/given.h"
#include "room/room.h"

namespace cloister::clean_room {

using broker::FaultyClient;
using contract::Sample;
using contract::TestKey;
using formats::Json;
using room::State;

// A ledger whose fresh answers may be replaced.
class ChangedLedger final : public ledger::Client {
 public:
  explicit ChangedLedger(ledger::Client& inner) : inner_(inner) {}
  std::function<Result<Bytes>(const contract::FreshRequest&)> fresh;
  std::function<Result<Bytes>(ByteSpan)> registers;
  Result<Bytes> Register(ByteSpan statement) override { return registers ? registers(statement) : inner_.Register(statement); }
  Result<Bytes> Fresh(const contract::FreshRequest& request) override { return fresh ? fresh(request) : inner_.Fresh(request); }
  Result<std::string> Checkpoint() override { return inner_.Checkpoint(); }
  Result<translog::MerkleProof> Consistency(std::uint64_t from, std::uint64_t to) override { return inner_.Consistency(from, to); }

 private:
  ledger::Client& inner_;
};

struct RoomWorld {
  // One provider with its broker.
  struct Provider {
    const char* did;
    std::uint8_t number;  // of its keys
    std::unique_ptr<store::Store> store = std::make_unique<store::MemoryStore>();
    std::unique_ptr<audit::AuditLog> audit = nullptr;
    std::unique_ptr<broker::Broker> broker = nullptr;
  };

  // People 1 to 120; half of them are ill, those with the larger amount.
  RoomWorld();

  // The pipeline as it stands is sealed, the contract as it stands is signed by all, registered and imported, and a run
  // request under it is signed. Called by Run() where it was not called before.
  void Agree();
  // Signs `request` and names it in the init-data.
  void SignRequest();
  Result<room::RoomOutcome> Run();
  // The room's refusal; an empty text where it did not refuse.
  std::string RunRefused();
  // What the accounts of provider `i` are charged (epsilon).
  double Charged(std::size_t i);
  std::size_t Released() const;  // files in `out` beside the audit log

  FakeClock clock{*FromRfc3339("2026-06-01T00:00:00Z")};
  std::unique_ptr<ledger::Ledger> the_ledger;
  std::unique_ptr<FaultyClient> client;
  std::unique_ptr<ChangedLedger> ledger;
  commands::TemporaryFolder folder = *commands::TemporaryFolder::Make();
  std::filesystem::path data = folder.path() / "data";
  std::filesystem::path out;  // of the last run
  contract::Contract contract = Sample::MakeContract();
  contract::Pipeline pipeline;
  std::optional<std::string> pipeline_text;  // in the pipeline's place
  sealed::Identity keys[3] = {sealed::Identity::Generate(crypto::SystemRandom()), sealed::Identity::Generate(crypto::SystemRandom()),
                              sealed::Identity::Generate(crypto::SystemRandom())};
  std::vector<sealed::SealingRecord> records;
  contract::RunRequest request;
  contract::InitData init_data;
  std::optional<std::string> init_data_text;  // in its place
  evidence::SimulatedSnpGuest guest;
  std::optional<contract::Digest> host_data;  // measured in the place of the init-data's digest
  Provider providers[3] = {{Sample::kBank, 101}, {Sample::kBureau, 102}, {Sample::kConsumer, 103}};
  std::vector<State> states;                       // that the last run entered
  std::function<void(State)> on_state;             // called when it does
  std::chrono::milliseconds pace{0};               // by the room's own clock, which stands still but while it waits
  std::optional<std::string> loans;                // in the place of the bank's table
  // What a broker answers instead: path without /kbs/v0/, the provider, and its own answer.
  std::function<Result<Json>(std::string_view, std::size_t, Result<Json>)> broker_says;
  Bytes certification;

 private:
  void OpenBroker(Provider& provider);
  void SealAll();
  bool agreed_ = false;
  int runs_ = 0;
};

}  // namespace cloister::clean_room

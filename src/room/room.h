// One clean-room run, from init-data to scrub (docs/formats/clean-room.md). This is the program that hardware measures.
#pragma once

#include "contract/run.h"
#include "ledger/client.h"
#include "room/broker_session.h"

namespace cloister::room {

struct RoomConfig {
  std::string init_data;       // TOML, measured as HOST_DATA
  std::filesystem::path data;  // what the operator laid ready; read only
  std::filesystem::path out;   // audit log, and at the very end the sealed outputs
};

// What the program lends to the run.
struct RoomServices {
  BrokerDialer& brokers;
  ledger::Client& ledger;
  attester::Attester& attester;
  crypto::RandomSource& random;
  Progress& progress;
  Pace& pace;
};

struct RoomOutcome {
  std::string run;
  bool simulated = false;  // the evidence rests on simulated hardware
  std::vector<contract::RunReport::Released> outputs;
  std::vector<contract::RunReport::Charge> spent;
};

// Runs all states in order. Each is entered in the audit log first. On failure nothing was handed over, what
// the scrub statement lists is wiped (what the database held is freed with the process, not overwritten), and the error says which state failed and why; from opening to the gate only that it failed (kPrivate).
// Where the contract holds that part (holdSeconds), neither the log nor `progress` hears of its states before its time is over, and
// whatever fails in it seems to fail in the first of them.
// After kRecord the run is on the ledger, whatever happens then.
Result<RoomOutcome> RunRoom(const RoomConfig& config, const RoomServices& services);

}  // namespace cloister::room

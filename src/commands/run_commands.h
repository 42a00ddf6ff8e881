// `cloister certify`, `cloister run request`, `cloister room …`: what is signed and laid ready for a run, and starting it.
#pragma once

#include <string>
#include <vector>

#include "commands/answer.h"

namespace cloister::commands {

struct CertifyOptions {
  std::string party;
  std::string passphrase_file;
  std::vector<std::string> measurements;  // hex, 48 bytes
  int days = 30;
  std::string output;
};
// A party with role sro endorses rooms by their measurement (kUsage: another role).
Result<Answer> Certify(const CertifyOptions& options, Streams streams);

struct RunRequestOptions {
  std::string party;
  std::string passphrase_file;
  std::string contract;
  int minutes = 60;
  double epsilon = 0;  // to spend on each table; 0: as much as the contract lets one run spend
  double delta = 0;
  std::string output;
};
// The consumer's single-use order. kRefused: the party is not the contract's consumer, or it would spend more than it may.
Result<Answer> RequestRun(const RunRequestOptions& options, Streams streams);

struct RoomInitDataOptions {
  std::string contract;
  std::string run_request;
  std::string ledger;
  std::vector<std::string> brokers;  // DID=URL
  std::string output;
};
// kUsage: not exactly one broker of each provider; kUntrusted, kMismatch: the run request is not the consumer's for this
// contract.
Result<Answer> RoomInitData(const RoomInitDataOptions& options, Streams streams);

struct RoomRunOptions {
  std::string hardware;   // folder of the SIMULATED processor
  std::string data;
  std::string out;
  std::string init_data;
  std::string simulator;  // program; empty: beside this one
  std::string room;       // the same
};
// Starts a room, waits for its end and writes report.html beside the outputs. No: the room refused or failed, and said why.
Result<Answer> RoomRunCommand(const RoomRunOptions& options, Streams streams);

}  // namespace cloister::commands

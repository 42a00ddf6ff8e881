// Starting a room on this machine's SIMULATED hardware, for the operator and the demonstration.
#pragma once

#include <functional>

#include "commands/process.h"
#include "contract/init_data.h"

namespace cloister::commands {

struct Launch {
  std::filesystem::path simulator;  // cloister-simulator
  std::filesystem::path hardware;
  std::filesystem::path init_data_file;
  std::filesystem::path data;
  std::filesystem::path out;
  std::filesystem::path room;
  std::filesystem::path log;        // where standard error goes
  std::vector<std::string> options = {};  // more of the simulator's, such as "--debug-guest"
};

// The launcher's arguments, with a relay to the ledger and to each broker that the init-data names.
Result<std::vector<std::string>> LaunchArguments(const Launch& launch, const contract::InitData& init_data);

struct RoomEnd {
  int exit_code = 0;
  std::string reason;  // the room's own word on why it failed; empty where it said none
  std::string errors;  // the last lines of the log
};
// Launches the room and waits for its end; `entered` is called with each state, and may kill the process.
Result<RoomEnd> LaunchRoom(const Launch& launch, const contract::InitData& init_data,
                           const std::function<void(const std::string& state, Process& process)>& entered);

// "train: trains with privacy", for a room's state "train".
std::string StateForPeople(const std::string& name);

}  // namespace cloister::commands

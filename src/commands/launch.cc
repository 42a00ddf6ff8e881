#include "commands/launch.h"

#include "net/client.h"
#include "room/state.h"
#include "service/http_broker_dialer.h"

namespace cloister::commands {
namespace {

constexpr std::chrono::milliseconds kPatience{600'000};
constexpr std::string_view kGuestRelays = "/net";

// "NAME=HOST:PORT" for the simulator, with the name that the room looks for.
Result<std::string> RelayOption(const std::string& url) {
  const net::Origin origin = TRY(net::Origin::Parse(url));
  const std::filesystem::path socket = TRY(service::RelaySocket(kGuestRelays, url));
  return socket.stem().string() + "=" + origin.host + ":" + std::to_string(origin.port);
}

}  // namespace

std::string StateForPeople(const std::string& name) {
  for (const room::State state : room::kStates) {
    if (room::StateName(state) == name) return name + ": " + std::string(room::StateText(state));
  }
  return name;
}

Result<std::vector<std::string>> LaunchArguments(const Launch& launch, const contract::InitData& init_data) {
  std::vector<std::string> arguments = {"launch", "--dir", launch.hardware.string(), "--init-data", launch.init_data_file.string(),
                                        "--data", launch.data.string(), "--out", launch.out.string()};
  std::vector<std::string> urls = {init_data.ledger.url};
  for (const auto& broker : init_data.brokers) urls.push_back(broker.url);
  for (const std::string& url : urls) {
    arguments.push_back("--relay");
    arguments.push_back(TRY_WITH("init-data", RelayOption(url)));
  }
  arguments.insert(arguments.end(), launch.options.begin(), launch.options.end());
  arguments.push_back("--");
  arguments.push_back(launch.room.string());
  return arguments;
}

Result<RoomEnd> LaunchRoom(const Launch& launch, const contract::InitData& init_data,
                           const std::function<void(const std::string&, Process&)>& entered) {
  Process::Options options{launch.simulator, {}, launch.log};
  options.arguments = TRY(LaunchArguments(launch, init_data));
  Process process = TRY(Process::Start(options));
  RoomEnd end;
  for (;;) {
    const auto line = process.ReadLine(kPatience);
    if (!line) break;
    if (line->starts_with("state ")) entered(line->substr(6), process);
    if (line->starts_with("failed ")) end.reason = line->substr(7);
  }
  Ended ended = TRY(process.Wait(kPatience));
  end.exit_code = ended.code;
  end.errors = std::move(ended.errors);
  return end;
}

}  // namespace cloister::commands

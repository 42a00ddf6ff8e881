#include "base/file.h"
#include "commands/console.h"
#include "commands/documents.h"
#include "commands/launch.h"
#include "commands/report_commands.h"
#include "commands/run_commands.h"

namespace cloister::commands {
namespace {

namespace fs = std::filesystem;

constexpr const char* kRoomLog = "room.log";
constexpr const char* kReport = "report.html";

Result<void> CheckFolder(const std::string& option, const fs::path& folder) {
  std::error_code ignored;
  if (fs::is_directory(folder, ignored)) return {};
  return Error(ErrorCode::kNotFound, option + ": expected a folder, " + folder.string() + " is none");
}

// A room goes on with the audit log that it finds in its folder, and refuses one by another room's key.
Result<void> CheckUnused(const fs::path& out) {
  std::error_code error;
  for (fs::directory_iterator it(out, error), end; !error && it != end; it.increment(error)) {
    if (it->path().filename() == kRoomLog) continue;
    return Error(ErrorCode::kConflict, "--out: expected a folder for this run alone, " + out.string() + " holds " +
                                           it->path().filename().string() + " already; make a new one");
  }
  if (error) return Error(ErrorCode::kIo, out.string() + ": cannot read the folder: " + error.message());
  return {};
}

}  // namespace

Result<Answer> RoomRunCommand(const RoomRunOptions& options, Streams streams) {
  TRY(CheckFolder("--hardware", options.hardware));
  TRY(CheckFolder("--data", options.data));
  TRY(CheckFolder("--out", options.out));
  TRY(CheckUnused(options.out));
  const std::string text = TRY(ReadTextFile(options.init_data, kMaxDocument));
  const auto init_data = TRY_WITH(options.init_data + ": expected init-data", contract::InitData::FromToml(text));
  const Launch launch{options.simulator.empty() ? ProgramFolder() / "cloister-simulator" : fs::path(options.simulator),
                      options.hardware,
                      options.init_data,
                      options.data,
                      options.out,
                      options.room.empty() ? ProgramFolder() / "cloister-room" : fs::path(options.room),
                      fs::path(options.out) / kRoomLog};
  Console console(&streams.err);
  console.Line("SIMULATED hardware: no vendor vouches for this machine.");
  const auto end = TRY(LaunchRoom(launch, init_data, [&](const std::string& state, Process&) {
    console.Say("room", StateForPeople(state));
  }));
  if (end.exit_code == 0) {
    const auto anchors = TRY(evidence::SimulatedAnchors::Load(fs::path(options.hardware) / "anchors.json"));
    const fs::path page = fs::path(options.out) / kReport;
    TRY_WITH("the run is done; its report", WriteRunReport({options.data, options.out}, anchors, page));
    streams.out << "done SIMULATED, outputs in " << options.out << ", report in " << page.string() << "\n";
    return Answer::kYes;
  }
  if (!end.reason.empty()) {
    // Written as Error::ToText() does.
    const std::string code = end.reason.substr(0, end.reason.find(':'));
    return Error(ErrorCodeFromName(code, ErrorCode::kRefused), "the room ended: " + end.reason);
  }
  return Error(ErrorCode::kUnavailable, "the room ended with " + std::to_string(end.exit_code) + ": " + end.errors);
}

}  // namespace cloister::commands

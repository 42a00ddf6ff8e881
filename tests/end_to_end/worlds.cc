#include "worlds.h"

#include <thread>

#include "base/file.h"
#include "contract/account_entry.h"

namespace cloister::end_to_end {
namespace {

namespace fs = std::filesystem;
using formats::Json;

constexpr std::size_t kMaxFile = 64u << 20;

const fs::path& Programs() {
  static const fs::path path = CLOISTER_PROGRAM_DIR;
  return path;
}

Result<fs::path> MakeHardware(const fs::path& folder) {
  auto init = TRY(commands::Process::Start({Programs() / "cloister-simulator", {"init", "--rsa-bits", "2048", "--dir", folder.string()}, folder.string() + ".log"}));
  const auto ended = TRY(init.Wait(std::chrono::minutes(2)));
  if (ended.code != 0) return Error(ErrorCode::kIo, "cloister-simulator init: " + ended.errors);
  return folder;
}

// Lives as long as the tests do.
Result<fs::path> SharedFolder() {
  static const auto folder = commands::TemporaryFolder::Make();
  if (!folder) return folder.error();
  return folder->path();
}

Result<fs::path> SharedHardware() {
  static const auto made = []() -> Result<fs::path> { return MakeHardware(TRY(SharedFolder()) / "hardware"); }();
  return made;
}

std::string FindObstacle() {
  if (!fs::exists(fs::path(CLOISTER_DATA) / "breast_cancer.csv")) return "no breast_cancer.csv: `./run setup` fetches it";
  const auto hardware = SharedHardware();
  if (!hardware) return hardware.error().ToText();
  const fs::path folder = hardware->parent_path();
  if (!WriteFile(folder / "empty.toml", {}, FileMode::kPublic)) return "no temporary folder";
  auto launch = commands::Process::Start({Programs() / "cloister-simulator",
                                          {"launch", "--dir", hardware->string(), "--init-data", (folder / "empty.toml").string(), "--", "/bin/true"},
                                          folder / "launch.log"});
  if (!launch) return launch.error().ToText();
  const auto ended = launch->Wait(std::chrono::minutes(1));
  if (!ended) return ended.error().ToText();
  return ended->code == 0 ? "" : "no guest can be launched here: " + ended->errors;
}

// `number` with digits appended: hardly another value, and found nowhere else.
Marker Mark(std::string number) {
  std::array<std::uint8_t, 10> random;
  crypto::SystemRandom().Fill(random);
  if (number.find('.') == std::string::npos) number += ".0";
  for (const std::uint8_t byte : random) number += static_cast<char>('1' + byte % 9);
  return {number, std::stod(number)};
}

// Marks the second cell of the first row.
Marker PlantInTable(std::string& csv) {
  const std::size_t row = csv.find('\n') + 1;
  const std::size_t begin = csv.find(',', row) + 1;
  const std::size_t end = csv.find_first_of(",\n", begin);
  Marker marker = Mark(csv.substr(begin, end - begin));
  if (csv.at(end) == ',') marker.next = std::stod(csv.substr(end + 1));
  csv.replace(begin, end - begin, marker.text);
  return marker;
}

// A filter that holds for everybody.
Marker PlantInPipeline(demo::Scenario& scenario) {
  const Marker marker = Mark("1");
  scenario.sql += " WHERE " + scenario.features.at(0) + " < " + marker.text + "e9";
  return {marker.text, std::stod(marker.text + "e9")};
}

Result<fs::path> PlanWith(int steps, const fs::path& folder) {
  const fs::path example = fs::path(CLOISTER_EXAMPLES) / "breast-cancer" / "training.json";
  if (steps == 0) return example;
  Json plan = TRY(Json::Parse(TRY(ReadTextFile(example, kMaxFile))));
  plan.Set("steps", steps);
  TRY(WriteFile(folder / "plan.json", AsBytes(plan.Pretty()), FileMode::kPublic));
  return folder / "plan.json";
}

}  // namespace

const std::string& WhyNoWorld() {
  static const std::string why = FindObstacle();
  return why;
}

demo::StageConfig StageIn(const fs::path& folder) {
  return {folder, Programs(), fs::path(CLOISTER_DATA) / "breast_cancer.csv", fs::path(CLOISTER_EXAMPLES) / "breast-cancer" / "training.json"};
}

Result<std::unique_ptr<TestWorld>> MakeWorld(const WorldOptions& options) {
  auto temporary = TRY(commands::TemporaryFolder::Make());
  auto made = std::unique_ptr<TestWorld>(new TestWorld{.folder = std::move(temporary), .markers = {}, .world = nullptr});
  const fs::path& folder = made->folder.path();
  auto scenario = TRY(demo::BreastCancerScenario(fs::path(CLOISTER_DATA) / "breast_cancer.csv", demo::SplitNumber(1)));
  for (demo::ScenarioTable& table : scenario.tables) made->markers.push_back(PlantInTable(table.csv));
  made->markers.push_back(PlantInPipeline(scenario));
  const fs::path plan = TRY(PlanWith(options.steps, folder));
  const fs::path hardware = TRY(SharedHardware());
  demo::WorldConfig config{folder / "world", Programs(), hardware, plan, options.total_runs};
  made->world = std::make_unique<World>(std::move(config), std::move(scenario), made->console);
  TRY(made->world->SetUp());
  return made;
}

void ExpectRefused(const RoomRun& run, const std::string& state, const std::string& who, const std::string& why) {
  EXPECT_FALSE(run.Done());
  EXPECT_THAT(Released(run), testing::IsEmpty());
  if (!state.empty()) {
    EXPECT_EQ(run.states.empty() ? "" : run.states.back(), state);
    EXPECT_THAT(run.reason, testing::HasSubstr("state " + state + ": " + (who == "room" ? "" : who + ": ")));
  }
  if (who == "room") {
    EXPECT_THAT(run.reason, testing::Not(testing::HasSubstr(": broker of did:")));
  }
  EXPECT_THAT(run.reason, testing::HasSubstr(why));
  std::cout << "             refused by: " << who << " | " << run.reason << "\n";
}

Result<std::vector<RunOnAccount>> RunOnAccounts(World& world, const std::string& run) {
  std::vector<RunOnAccount> found;
  for (const std::string& name : world.providers()) {
    const Json report = TRY(world.BudgetReport(name));
    for (const Json& account : *TRY(report.GetArray("accounts"))) {
      const bool metered = !contract::IsUnmetered(TRY(account.GetString("account")));
      for (const Json& one : *TRY(account.GetArray("runs"))) {
        if (TRY(one.GetString("run")) != run) continue;
        const std::string stage = TRY(one.GetString("stage"));
        const double charged = TRY(TRY(one.GetObject("charged"))->GetNumber("epsilon"));
        found.push_back({name, metered, stage, charged});
      }
    }
  }
  return found;
}

Result<std::vector<RunOnAccount>> WaitForLapse(World& world, const std::string& run, std::chrono::seconds patience) {
  const auto until = std::chrono::steady_clock::now() + patience;
  for (;;) {
    auto runs = TRY(RunOnAccounts(world, run));
    const bool waiting = std::any_of(runs.begin(), runs.end(), [](const RunOnAccount& one) { return one.stage == "reserved"; });
    if (!waiting || std::chrono::steady_clock::now() > until) return runs;
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
  }
}

}  // namespace cloister::end_to_end

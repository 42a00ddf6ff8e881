// The demonstration: a whole clean-room job with real processes on one machine, on SIMULATED hardware.
#pragma once

#include "commands/console.h"
#include "commands/world.h"

namespace cloister::commands {

struct DemoOptions {
  std::string scenario = "breast-cancer";          // or "covid"
  std::optional<std::filesystem::path> data;       // the file or folder of the scenario; found beside the build otherwise
  std::optional<std::filesystem::path> plan;       // training plan; the example's otherwise
  std::optional<std::filesystem::path> folder;     // where everything is kept; a temporary one, removed, otherwise
  int repeat = 1;                                  // on fresh stores, with another split and other noise each time
};

struct DemoOutcome {
  std::string scenario;
  double seconds = 0;
  double epsilon = 0;
  double delta = 0;
  std::vector<double> accuracy;                    // of each repeat, on the consumer's own patients
  World::BudgetState before, after;                // of the first provider, in the last repeat
  std::vector<contract::RunReport::Released> outputs;
  struct Receipt {
    std::string statement;                         // what it is for
    contract::Digest sha256;                       // of the statement's bytes
    std::uint64_t index;                           // entry of the ledger
  };
  std::vector<Receipt> receipts;
  std::vector<std::string> notes;

  formats::Json ToJson() const;
};

// Tells its steps to `console`. kNotFound: the scenario's data is not there, with how to get it; whatever else a step
// says.
Result<DemoOutcome> RunDemo(const DemoOptions& options, Console& console);

// What a person wants to know at the end.
void PrintSummary(const DemoOutcome& outcome, Console& console);

// The scenario's tables, as RunDemo reads them. Noise is never drawn from `split`.
Result<Scenario> LoadScenario(const DemoOptions& options, SplitNumber split);
Result<std::filesystem::path> PlanOf(const DemoOptions& options);

// A folder for one use, removed with all that is in it.
class TemporaryFolder {
 public:
  static Result<TemporaryFolder> Make();
  TemporaryFolder(TemporaryFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  ~TemporaryFolder();
  const std::filesystem::path& path() const { return path_; }

 private:
  explicit TemporaryFolder(std::filesystem::path path) : path_(std::move(path)) {}
  std::filesystem::path path_;
};

}  // namespace cloister::commands

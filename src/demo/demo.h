// The demonstration: a whole clean-room job with real processes on one machine, on SIMULATED hardware.
#pragma once

#include "commands/console.h"
#include "commands/temporary_folder.h"
#include "demo/world.h"

namespace cloister::demo {

struct DemoOptions {
  std::string scenario = "breast-cancer";          // or "covid"
  std::optional<std::filesystem::path> data;       // the file or folder of the scenario; found beside the build otherwise
  std::optional<std::filesystem::path> plan;       // training plan; the example's otherwise
  std::optional<std::filesystem::path> folder;     // where everything is kept; a temporary one, removed, otherwise
  std::optional<std::filesystem::path> report;     // where the last run's page goes as well
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
Result<DemoOutcome> RunDemo(const DemoOptions& options, commands::Console& console);

// What a person wants to know at the end.
void PrintSummary(const DemoOutcome& outcome, commands::Console& console);

// The scenario's tables, as RunDemo reads them. Noise is never drawn from `split`.
Result<Scenario> LoadScenario(const DemoOptions& options, SplitNumber split);
Result<std::filesystem::path> PlanOf(const DemoOptions& options);
// The breast cancer scenario's file. kNotFound.
Result<std::filesystem::path> DataOf(const DemoOptions& options);

}  // namespace cloister::demo

#include "demo/demo_command.h"

#include "commands/documents.h"
#include "demo/attack.h"
#include "demo/demo.h"

namespace cloister::demo {
namespace {

using commands::Answer;
using commands::Console;
using formats::Json;

void Tell(const AttackOutcome& outcome, Console& console) {
  console.Say(outcome.ok ? "refused" : "NOT AS IT SHOULD BE", outcome.name + ": " + outcome.what);
  if (!outcome.refused_by.empty()) console.Line("           by " + outcome.refused_by + ": " + outcome.reason);
  if (!outcome.ok) console.Line("           " + outcome.problem);
}

Result<Answer> PlayAttacks(const DemoCommandOptions& options, const DemoOptions& demo, Console& console, std::ostream& out) {
  const auto attacks = TRY(FindAttacks(options.attack));
  const auto folder = TRY(commands::TemporaryFolder::Make());
  const auto data = TRY(DataOf(demo));
  const auto plan = TRY(PlanOf(demo));
  Stage stage({folder.path(), commands::ProgramFolder(), data, plan});
  console.Line("SIMULATED hardware: everything else is what production runs, but no vendor vouches for this machine.");
  Json::Array outcomes;
  std::size_t refused = 0;
  for (const Attack* attack : attacks) {
    const AttackOutcome outcome = PlayAttack(*attack, stage);
    Tell(outcome, console);
    refused += outcome.ok;
    outcomes.push_back(outcome.ToJson());
  }
  console.Line(std::to_string(refused) + " of " + std::to_string(attacks.size()) + " attacks refused as they should be");
  if (options.json) {
    out << Json(Json::Object{{"SIMULATED", true}, {"seconds", console.Elapsed()}, {"attacks", outcomes}}).Pretty();
  }
  return refused == attacks.size() ? Answer::kYes : Answer::kNo;
}

}  // namespace

Result<Answer> Demo(const DemoCommandOptions& options, commands::Streams streams) {
  DemoOptions demo;
  demo.scenario = options.scenario;
  demo.repeat = options.repeat;
  if (!options.data.empty()) demo.data = options.data;
  if (!options.plan.empty()) demo.plan = options.plan;
  if (!options.folder.empty()) demo.folder = options.folder;
  if (!options.report.empty()) {
    TRY(commands::CheckWritable(options.report));
    demo.report = options.report;
  }
  Console console(options.json ? nullptr : &streams.out);
  if (!options.attack.empty()) return PlayAttacks(options, demo, console, streams.out);
  const DemoOutcome outcome = TRY(RunDemo(demo, console));
  if (options.json) {
    streams.out << outcome.ToJson().Pretty();
  } else {
    PrintSummary(outcome, console);
  }
  return Answer::kYes;
}

}  // namespace cloister::demo

#include "demo/demo_command.h"

#include <algorithm>

#include "commands/documents.h"
#include "demo/attack.h"
#include "demo/demo.h"

namespace cloister::demo {
namespace {

using commands::Answer;
using commands::Console;
using formats::Json;

constexpr std::size_t kWidth = 120;  // of a line for people, in bytes

// `text` in lines of at most kWidth, each after `indent` blanks; the first goes on where `first` ends.
std::string Wrapped(std::string first, std::string_view text, std::size_t indent) {
  std::string lines = std::move(first);
  std::size_t column = lines.size();
  lines.append(column < indent ? indent - column : 1, ' ');
  column = std::max(indent, column + 1);
  bool begins = true;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    if (!begins && column + 1 + end > kWidth) {
      lines += "\n" + std::string(indent, ' ');
      column = indent;
      begins = true;
    }
    if (!begins) lines += ' ';
    lines += text.substr(0, end);
    column += end + (begins ? 0 : 1);
    begins = false;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::size_t WidestName(std::span<const Attack> attacks) {
  std::size_t widest = 0;
  for (const Attack& attack : attacks) widest = std::max(widest, attack.name.size());
  return widest;
}

//   flipped-ciphertext        The operator flips one bit of a sealed table.
//                             room: dataset hospital_b: expected …
void Tell(const AttackOutcome& outcome, Console& console) {
  const std::size_t indent = WidestName(AllAttacks()) + 4;
  console.Line(Wrapped("  " + outcome.name, outcome.what, indent));
  if (outcome.ok) {
    console.Line(Wrapped("", outcome.refused_by + " refuses: " + outcome.reason, indent));
  } else {
    console.Line(Wrapped("  NOT AS IT SHOULD BE", outcome.problem, indent));
  }
}

Answer ListAttacks(bool json, std::ostream& out) {
  Json::Array list;
  for (const Attack& attack : AllAttacks()) {
    list.push_back(Json::Object{{"name", attack.name}, {"what", attack.what}, {"refused_by", attack.refused_by}});
    if (!json) out << Wrapped("  " + std::string(attack.name), attack.what, WidestName(AllAttacks()) + 4) << "\n";
  }
  if (json) out << Json(Json::Object{{"attacks", list}}).Pretty();
  return Answer::kYes;
}

Result<Answer> PlayAttacks(const DemoCommandOptions& options, const DemoOptions& demo, Console& console, std::ostream& out) {
  if (options.attack == "list") return ListAttacks(options.json, out);
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
  const bool all = refused == attacks.size();
  console.Line(std::to_string(refused) + " of " + std::to_string(attacks.size()) + " attacks refused as they should be, in " +
               std::to_string(static_cast<int>(console.Elapsed())) + " s" +
               (all ? "; nothing came out, nobody paid for it, and all audit logs tell the same story" : ""));
  if (options.json) {
    out << Json(Json::Object{{"SIMULATED", true}, {"seconds", console.Elapsed()}, {"attacks", outcomes}}).Pretty();
  }
  return all ? Answer::kYes : Answer::kNo;
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

#include "demo/demo.h"

#include <algorithm>
#include <cstdio>
#include <numeric>

#include "base/file.h"
#include "commands/launch.h"
#include "commands/report_commands.h"
#include "training/model.h"

namespace cloister::demo {
namespace {

using formats::Json;
namespace fs = std::filesystem;

// The first of `places` that exists, seen from the program's folder: a build tree, then an installation.
std::optional<fs::path> FirstOf(std::initializer_list<const char*> places) {
  for (const char* place : places) {
    fs::path path = (commands::ProgramFolder() / place).lexically_normal();
    if (fs::exists(path)) return path;
  }
  return std::nullopt;
}

std::string Text(const char* format, double value) {
  char text[64];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

double Mean(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

// How often the model is right about the consumer's own patients: measured by the consumer, so it costs no budget.
Result<double> AccuracyOn(const training::Model& model, const HeldOut& held_out) {
  std::vector<float> features;
  for (const auto& row : held_out.features) {
    for (const double value : row) features.push_back(static_cast<float>(value));
  }
  const std::size_t columns = held_out.features.empty() ? 0 : held_out.features[0].size();
  const auto classes = TRY(model.Classify({features.data(), held_out.features.size(), columns}));
  std::size_t right = 0;
  for (std::size_t i = 0; i < classes.size(); ++i) right += classes[i] == static_cast<std::uint32_t>(held_out.labels[i]);
  return static_cast<double>(right) / static_cast<double>(classes.size());
}

Result<DemoOutcome::Receipt> ReceiptOf(World& world, const std::string& what, ByteSpan statement, ByteSpan receipt) {
  const auto trust = TRY(ledger::LedgerTrust::FromTerms(world.contract().ledger));
  const auto verified = TRY(ledger::VerifyReceipt(receipt, statement, trust));
  return DemoOutcome::Receipt{what, crypto::Sha256(statement), verified.index()};
}

Result<void> OpenAndJudge(World& world, const RoomRun& run, DemoOutcome& outcome) {
  const fs::path proof_file = run.out / "proof.json";
  const commands::OpenedOutput model_file = TRY(world.OpenAsConsumer(run.out / "model.safetensors.age", proof_file));
  for (const std::string& step : model_file.steps) world.console().Say("researcher", "checks: " + step);
  const commands::OpenedOutput card = TRY(world.OpenAsConsumer(run.out / "card.json.age", proof_file));
  outcome.outputs = {model_file.output, card.output};
  const auto model = TRY(training::Model::FromSafetensors(model_file.plaintext.ExposeSecret()));
  outcome.accuracy.push_back(TRY(AccuracyOn(model, world.scenario().held_out)));
  world.console().Say("researcher", "opens the model: accuracy " + Text("%.4f", outcome.accuracy.back()) + " on its own " +
                                        std::to_string(world.scenario().held_out.labels.size()) + " patients");
  const std::string proof_text = TRY(ReadTextFile(proof_file, 4u << 20));
  const auto proof = TRY(contract::Proof::FromJson(TRY(Json::Parse(proof_text, {.max_bytes = 4u << 20}))));
  outcome.receipts = {TRY(ReceiptOf(world, "run report", proof.report, proof.receipt))};
  for (const auto& entry : fs::directory_iterator(world.config().folder / "signatures")) {
    const Bytes statement = TRY(ReadFile(entry.path(), 1u << 20));
    const Bytes receipt = TRY(ReadFile(world.config().folder / "receipts" / entry.path().filename(), 1u << 20));
    const auto said = TRY(contract::StatementFromUnverified(statement));
    outcome.receipts.push_back(TRY(ReceiptOf(world, "contract signature of " + said.issuer, statement, receipt)));
  }
  std::ranges::sort(outcome.receipts, {}, &DemoOutcome::Receipt::index);
  return {};
}

// The operator's page beside the outputs, and the researcher's own copy in its folder.
Result<void> WritePages(const DemoOptions& options, World& world, const RoomInputs& inputs) {
  const auto anchors = TRY(evidence::SimulatedAnchors::Load(world.config().hardware / "anchors.json"));
  const commands::RunFolders folders{inputs.data, inputs.out};
  const fs::path page = inputs.out / "report.html";
  TRY_WITH("report", commands::WriteRunReport(folders, anchors, page));
  const fs::path copy = world.actor("researcher").folder / ("report-" + inputs.run + ".html");
  TRY_WITH("report", commands::WriteConsumerReport(folders, anchors, TRY(world.ConsumerIdentity()), copy));
  if (options.report) TRY(WriteFile(*options.report, TRY(ReadFile(page, report::kMaxPage)), FileMode::kPublic));
  if (options.report || options.folder) {
    world.console().Say("operator", "writes the run as a page: " + (options.report ? *options.report : page).string());
  }
  if (options.folder) world.console().Say("researcher", "writes its own copy, with the metrics: " + copy.string());
  return {};
}

Result<void> RunOnce(const DemoOptions& options, int number, const fs::path& folder, const fs::path& hardware, commands::Console& console,
                     DemoOutcome& outcome) {
  Scenario scenario = TRY(LoadScenario(options, SplitNumber(static_cast<std::uint64_t>(number))));
  if (fs::exists(folder)) {
    return Error(ErrorCode::kConflict, folder.string() + ": expected no folder there yet, another demonstration left one; name a new --dir");
  }
  outcome.epsilon = scenario.epsilon;
  outcome.delta = scenario.delta;
  outcome.notes = scenario.notes;
  const fs::path plan = TRY(PlanOf(options));
  TRY_WITH("the training plan " + plan.string() + ": expected JSON", Json::Parse(TRY(ReadTextFile(plan, 1u << 20))));
  World world({folder, commands::ProgramFolder(), hardware, plan}, std::move(scenario), console);
  TRY(world.SetUp());
  const std::string first = world.scenario().tables[0].owner;
  outcome.before = TRY(world.Budget(first));
  const RoomInputs inputs = TRY(world.RequestRun());
  world.WatchStates([&console](const std::string& state) { console.Say("room", commands::StateForPeople(state)); });
  const RoomRun run = TRY(world.LaunchRoom(inputs, std::nullopt));
  if (!run.Done()) return Error(ErrorCode::kRefused, "the room ended with " + std::to_string(run.exit_code) + ": " + run.reason);
  TRY(OpenAndJudge(world, run, outcome));
  TRY(WritePages(options, world, inputs));
  outcome.after = TRY(world.Budget(first));
  return {};
}

Json BudgetJson(const World::BudgetState& state) {
  return Json::Object{{"charged_epsilon", state.charged_epsilon}, {"total_epsilon", state.total_epsilon}};
}

}  // namespace

Result<fs::path> PlanOf(const DemoOptions& options) {
  if (options.plan) return *options.plan;
  const std::string tail = "examples/" + options.scenario + "/training.json";
  const auto found = FirstOf({("../../../" + tail).c_str(), ("../share/cloister/" + tail).c_str()});
  if (!found) return Error(ErrorCode::kNotFound, "expected the training plan " + tail + "; name one with --plan");
  return *found;
}

Result<fs::path> DataOf(const DemoOptions& options) {
  if (options.data) return *options.data;
  const auto found = FirstOf({"../../data/breast_cancer.csv", "../share/cloister/data/breast_cancer.csv"});
  if (found) return *found;
  return Error(ErrorCode::kNotFound, "expected breast_cancer.csv: `./run setup` fetches it, or name it with --data");
}

Result<Scenario> LoadScenario(const DemoOptions& options, SplitNumber split) {
  if (options.scenario == "breast-cancer") return BreastCancerScenario(TRY(DataOf(options)), split);
  if (options.scenario == "covid") {
    if (!options.data) return Error(ErrorCode::kUsage, "scenario covid: expected --data FOLDER with DEPA's preprocessed tables");
    const fs::path inside = *options.data / "preprocessed";
    return CovidScenario(fs::exists(inside) ? inside : *options.data, split);
  }
  return Error(ErrorCode::kUsage, "expected scenario breast-cancer or covid, got " + options.scenario);
}

Result<DemoOutcome> RunDemo(const DemoOptions& options, commands::Console& console) {
  std::optional<commands::TemporaryFolder> temporary;
  if (!options.folder) temporary.emplace(TRY(commands::TemporaryFolder::Make()));
  const fs::path base = options.folder ? *options.folder : temporary->path();
  DemoOutcome outcome;
  outcome.scenario = options.scenario;
  console.Line("SIMULATED hardware: everything else is what production runs, but no vendor vouches for this machine.");
  for (int i = 0; i < options.repeat; ++i) {
    if (options.repeat > 1) console.Line("-- run " + std::to_string(i + 1) + " of " + std::to_string(options.repeat));
    TRY(RunOnce(options, i + 1, base / ("world-" + std::to_string(i + 1)), base / "hardware", console, outcome));
  }
  outcome.seconds = console.Elapsed();
  if (options.folder) console.Line("everything is kept in " + base.string() + " (docs/walkthrough.md says what each file is)");
  return outcome;
}

Json DemoOutcome::ToJson() const {
  Json::Array per_seed;
  for (const double value : accuracy) per_seed.push_back(value);
  Json::Array released;
  for (const auto& output : outputs) {
    released.push_back(Json::Object{{"name", output.name}, {"sha256", ToHex(output.sha256)}, {"to", output.to}});
  }
  Json::Array given;
  for (const Receipt& receipt : receipts) {
    given.push_back(Json::Object{{"statement", receipt.statement}, {"sha256", ToHex(receipt.sha256)}, {"entry", receipt.index}});
  }
  return Json::Object{{"scenario", scenario},
                      {"SIMULATED", true},
                      {"seconds", seconds},
                      {"epsilon", epsilon},
                      {"delta", delta},
                      {"accuracy", Json::Object{{"mean", Mean(accuracy)}, {"per_seed", per_seed}}},
                      {"budget", Json::Object{{"before", BudgetJson(before)}, {"after", BudgetJson(after)}}},
                      {"outputs", released},
                      {"receipts", given}};
}

void PrintSummary(const DemoOutcome& outcome, commands::Console& console) {
  const auto line = [&](const std::string& what, const std::string& value) {
    console.Line("  " + what + std::string(what.size() < 26 ? 26 - what.size() : 1, ' ') + value);
  };
  console.Line("");
  console.Line("Summary (SIMULATED hardware)");
  std::string accuracy = Text("%.4f", Mean(outcome.accuracy));
  if (outcome.accuracy.size() > 1) accuracy += " (mean of " + std::to_string(outcome.accuracy.size()) + " runs)";
  line("accuracy", accuracy + ", measured by the researcher on patients that nobody else has");
  for (const std::string& note : outcome.notes) line("", note);
  line("privacy of one run", "epsilon " + Json(outcome.epsilon).Dump() + ", delta " + Json(outcome.delta).Dump() + " for each provider");
  line("a provider's budget", Text("%.4g", outcome.before.charged_epsilon) + " -> " + Text("%.4g", outcome.after.charged_epsilon) +
                                  " of epsilon " + Text("%.4g", outcome.after.total_epsilon));
  for (const auto& output : outcome.outputs) {
    line("released: " + output.name, "sha256 " + ToHex(output.sha256).substr(0, 24) + "… to " + output.to);
  }
  line("withheld", "everything else: rows, joined table, counts, model in the clear");
  for (const auto& receipt : outcome.receipts) line("ledger entry " + std::to_string(receipt.index), receipt.statement);
  line("took", Text("%.1f s", outcome.seconds));
}

}  // namespace cloister::demo

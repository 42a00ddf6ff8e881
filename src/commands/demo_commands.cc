#include "commands/demo_commands.h"

#include "commands/demo.h"

namespace cloister::commands {

Result<Answer> Demo(const DemoCommandOptions& options, Streams streams) {
  DemoOptions demo;
  demo.scenario = options.scenario;
  demo.repeat = options.repeat;
  if (!options.data.empty()) demo.data = options.data;
  if (!options.plan.empty()) demo.plan = options.plan;
  if (!options.folder.empty()) demo.folder = options.folder;
  Console console(options.json ? nullptr : &streams.out);
  const DemoOutcome outcome = TRY(RunDemo(demo, console));
  if (options.json) {
    streams.out << outcome.ToJson().Pretty();
  } else {
    PrintSummary(outcome, console);
  }
  return Answer::kYes;
}

Result<Answer> Conformance(const ConformanceOptions& options, Streams streams) {
  const ConformanceCounts counts = TRY(RunConformance(options, streams.out));
  if (counts.Good()) return Answer::kYes;
  streams.err << "cloister conformance: " << options.manifest.string() << ": expected every case to pass, " << counts.failed
              << " failed and " << counts.skipped_although_named << " asked for by name were skipped\n";
  return Answer::kNo;
}

}  // namespace cloister::commands

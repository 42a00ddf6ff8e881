// How long a room takes from its start to the first evidence, in a whole world on SIMULATED hardware: real programs, TLS and
// ledger. `launch_ms` is the simulator's own work before that (reading and hashing the image, namespaces), not counted.
#include <benchmark/benchmark.h>

#include <fstream>

#include "worlds.h"

namespace cloister::end_to_end {
namespace {

using Marks = std::map<std::string, double>;  // milliseconds, monotonic

double Now() { return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

// The first of each name counts: later evidence is for other brokers.
void ReadTimes(const std::filesystem::path& file, Marks& marks) {
  std::ifstream in(file);
  std::string name;
  for (double nanoseconds = 0; in >> name >> nanoseconds;) marks.emplace(name, nanoseconds / 1e6);
}

Result<Marks> StartOnce(World& world) {
  RoomInputs inputs = TRY(world.RequestRun());
  const std::filesystem::path times = inputs.out.parent_path() / "times";
  inputs.simulator_options = {"--times", times.string()};
  Marks marks;
  world.WatchStates([&](const std::string& state) { marks.emplace(state, Now()); });
  TRY(world.LaunchRoom(inputs, "reserve"));
  ReadTimes(times, marks);
  if (!marks.contains("evidence-collected")) return Error(ErrorCode::kInternal, "the room ended before it had evidence");
  return marks;
}

void RoomStartToFirstEvidence(benchmark::State& state) {
  if (!WhyNoWorld().empty()) return state.SkipWithError(WhyNoWorld().c_str());
  static const auto made = MakeWorld({});
  if (!made) return state.SkipWithError(made.error().ToText().c_str());
  const std::vector<std::pair<std::string, std::pair<std::string, std::string>>> parts = {
      {"launch_ms", {"launch", "guest-started"}},     {"1_load_ms", {"guest-started", "start"}},
      {"2_given_ms", {"start", "verify"}},            {"3_ledger_ms", {"verify", "make-keys"}},
      {"4_keys_ms", {"make-keys", "attest"}},         {"5_evidence_ms", {"attest", "evidence-collected"}}};
  for (auto _ : state) {
    auto marks = StartOnce(*(*made)->world);
    if (!marks) return state.SkipWithError(marks.error().ToText().c_str());
    state.SetIterationTime(((*marks)["evidence-collected"] - (*marks)["guest-started"]) / 1e3);
    for (const auto& [name, ends] : parts) {
      benchmark::Counter& counter = state.counters.try_emplace(name, 0, benchmark::Counter::kAvgIterations).first->second;
      counter.value += (*marks)[ends.second] - (*marks)[ends.first];
    }
  }
}
BENCHMARK(RoomStartToFirstEvidence)->Unit(benchmark::kMillisecond)->UseManualTime()->Iterations(3);

}  // namespace
}  // namespace cloister::end_to_end

BENCHMARK_MAIN();

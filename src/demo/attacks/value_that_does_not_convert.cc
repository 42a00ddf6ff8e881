#include "base/file.h"
#include "demo/attack.h"

namespace cloister::demo {
namespace {

// One patient's value is not a number in this SQL, the others' are: if the run fails, the patient is there.
std::string FailsFor(const std::string& patient) {
  return "SELECT hospital_a.patient_id AS person, mean_area, CAST(CASE WHEN patient_id = '" + patient +
         "' THEN 'no number' ELSE '5' END AS DOUBLE) AS mean_radius, target FROM hospital_a";
}

struct Seen {
  std::vector<std::string> states;
  std::vector<std::uintmax_t> sizes;
  bool operator==(const Seen&) const = default;
};

// All that the operator sees of a run under `sql`: how it went, and the sizes of what came out.
Result<Seen> RunUnder(Stage& stage, const std::string& sql) {
  World& world = *TRY(stage.Shared());
  TRY(world.AgreeAnew({.pipeline = [&sql](formats::Json& pipeline) { pipeline.Set("sql", sql); }}));
  const RoomRun run = TRY(stage.Launch(world, TRY(world.RequestRun())));
  if (!run.Done()) return Error(ErrorCode::kRefused, "expected a run that no row can stop, it failed: " + run.reason);
  Seen seen{run.states, {}};
  for (const char* name : {"model.safetensors.age", "card.json.age"}) seen.sizes.push_back(std::filesystem::file_size(run.out / name));
  // The card's noisy figures have more or fewer digits.
  seen.sizes[1] = (seen.sizes[1] + 512) / 1024;
  return seen;
}

}  // namespace

Attack ValueThatDoesNotConvert() {
  return {
      .name = "value-that-does-not-convert",
      .what = "The researcher's SQL fails to convert one patient's value, to learn from a failed run whether the patient is there.",
      .refused_by = "room",
      .reason = "no row can make a run fail",
      .play = [](Stage& stage) -> Result<Refusal> {
        stage.AllowRuns(2);
        const std::string csv = TRY(stage.Shared())->scenario().tables.at(0).csv;
        const std::size_t row = csv.find('\n') + 1;
        const Seen there = TRY(RunUnder(stage, FailsFor(csv.substr(row, csv.find(',', row) - row))));
        const Seen nobody = TRY(RunUnder(stage, FailsFor("P9999")));
        if (there != nobody) return Error(ErrorCode::kRefused, "expected runs that look alike, with and without the patient");
        return Refusal{"room", "nothing to see: no row can make a run fail, and both runs look the same from outside"};
      }};
}

}  // namespace cloister::demo

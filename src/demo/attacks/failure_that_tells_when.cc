#include "base/file.h"
#include "demo/attack.h"

namespace cloister::demo {
namespace {

constexpr auto kHold = std::chrono::seconds(2);

}  // namespace

Attack FailureThatTellsWhen() {
  return {
      .name = "failure-that-tells-when",
      .what = "The operator swaps a sealed table after its key was released, and watches when and where the room fails.",
      .refused_by = "room",
      .reason = "state open: failed after data was opened; nothing more is said",
      .play = [](Stage& stage) -> Result<Refusal> {
        World& world = *TRY(stage.Shared());
        stage.AllowKeys(1);
        TRY(world.AgreeAnew({.contract = [](contract::Contract& contract) { contract.compute.hold_seconds = kHold.count(); }}));
        const RoomInputs inputs = TRY(world.RequestRun());
        Result<void> swapped{};
        std::chrono::steady_clock::time_point opened;
        world.WatchStates([&](const std::string& state) {
          if (state == "release") swapped = FlipByte(inputs.data / "hospital_c.csv.age", 5000);
          if (state == "open") opened = std::chrono::steady_clock::now();
        });
        const RoomRun run = TRY(stage.Launch(world, inputs));
        TRY(swapped);
        if (run.Done()) return Error(ErrorCode::kRefused, "expected somebody to refuse the run, and it succeeded");
        if (run.states.back() != "open") return Error(ErrorCode::kRefused, "expected to hear of no state after open, got " + run.states.back());
        if (std::chrono::steady_clock::now() - opened < kHold) return Error(ErrorCode::kRefused, "expected the failure to be held back");
        return Stage::RefusalOf(run);
      }};
}

}  // namespace cloister::demo

#include "demo/attack.h"

namespace cloister::demo {

Attack BudgetExhausted() {
  return {
      .name = "budget-exhausted",
      .what = "The researcher asks for one run more than the hospitals' budgets allow.",
      .refused_by = "broker of hospital-a",
      .reason = "exhausted: ",
      .play = [](Stage& stage) -> Result<Refusal> {
        World& world = *TRY(stage.Own({.total_runs = 1}));
        stage.AllowRuns(1);
        const RoomRun honest = TRY(stage.Launch(world, TRY(world.RequestRun())));
        if (!honest.Done()) return Error(ErrorCode::kRefused, "expected the first run to succeed: " + honest.reason);
        return stage.LaunchRefused(world, TRY(world.RequestRun()));
      }};
}

}  // namespace cloister::demo

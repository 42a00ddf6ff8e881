#include <csignal>

#include "demo/attack.h"

namespace cloister::demo {

Attack DrainedByKills() {
  return {
      .name = "drained-by-kills",
      .what = "The operator kills a room again and again with one run request, to use the budget up.",
      .refused_by = "room",
      .reason = "run request: expected one that was never used",
      .play = [](Stage& stage) -> Result<Refusal> {
        World& world = *TRY(stage.Shared());
        stage.AllowKeys(1);  // keys were released to the first room: what its run request may spend is spent, once
        const RoomInputs inputs = TRY(world.RequestRun());
        const RoomRun killed = TRY(stage.Launch(world, inputs, "open"));
        if (killed.exit_code != 128 + SIGKILL) return Error(ErrorCode::kInternal, "expected the room to be killed, it was not");
        TRY(stage.LaunchRefused(world, TRY(OnceMore(inputs, "again"))));
        return stage.LaunchRefused(world, TRY(OnceMore(inputs, "and-again")));
      }};
}

}  // namespace cloister::demo

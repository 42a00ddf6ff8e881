#include "demo/attack.h"

namespace cloister::demo {

Attack KillsBeforeRelease() {
  return {
      .name = "kills-before-release",
      .what = "The operator kills rooms before they get any key: what they reserved lapses, and their run request is used up.",
      .refused_by = "room",
      .reason = "run request: expected one that was never used",
      .play = [](Stage& stage) -> Result<Refusal> {
        World& world = *TRY(stage.Shared());
        const RoomInputs inputs = TRY(world.RequestRun(Seconds(8)));
        FalseRoom killed(world, inputs);  // reserves everywhere and is never heard of again
        TRY(killed.ReserveAll());
        TRY(WaitForLapse(world));
        return stage.LaunchRefused(world, inputs);
      }};
}

}  // namespace cloister::demo

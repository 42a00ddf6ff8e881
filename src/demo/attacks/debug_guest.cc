#include "demo/attack.h"

namespace cloister::demo {

Attack DebugGuest() {
  return {
      .name = "debug-guest",
      .what = "The operator launches the room so that a debugger may be attached.",
      .refused_by = "broker of hospital-a",
      .reason = "debug",
      .play = [](Stage& stage) -> Result<Refusal> {
        World& world = *TRY(stage.Shared());
        RoomInputs inputs = TRY(world.RequestRun());
        inputs.simulator_options = {"--debug-guest"};
        return stage.LaunchRefused(world, inputs);
      }};
}

}  // namespace cloister::demo

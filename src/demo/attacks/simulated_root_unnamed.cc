#include "demo/attack.h"

namespace cloister::demo {

Attack SimulatedRootUnnamed() {
  return {.name = "simulated-root-unnamed",
          .what = "The operator runs the room on a processor whose root no party named.",
          .refused_by = "broker of hospital-a",
          .reason = "no trust anchor has the root certificate",
          .play = [](Stage& stage) -> Result<Refusal> {
            World& world = *TRY(stage.Shared());
            RoomInputs inputs = TRY(world.RequestRun());
            inputs.hardware = TRY(stage.Hardware("hardware-unnamed", {}));
            return stage.LaunchRefused(world, inputs);
          }};
}

}  // namespace cloister::demo

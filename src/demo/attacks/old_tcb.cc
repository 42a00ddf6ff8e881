#include "demo/attack.h"

namespace cloister::demo {

Attack OldTcb() {
  return {.name = "old-tcb",
          .what = "The operator runs the room on a processor with firmware that is older than the contract's least.",
          .refused_by = "broker of hospital-a",
          .reason = "expected firmware of at least the contract's minTcb, got older",
          .play = [](Stage& stage) -> Result<Refusal> {
            World& world = *TRY(stage.Shared());
            RoomInputs inputs = TRY(world.RequestRun());
            inputs.hardware = TRY(stage.FlawedHardware("old"));
            return stage.LaunchRefused(world, inputs);
          }};
}

}  // namespace cloister::demo

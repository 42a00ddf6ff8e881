#include "demo/attack.h"

namespace cloister::demo {

Attack RevokedAsk() {
  return {.name = "revoked-ask",
          .what = "The operator runs the room on a processor whose vendor certificate was revoked.",
          .refused_by = "broker of hospital-a",
          .reason = "revoked",
          .play = [](Stage& stage) -> Result<Refusal> {
            World& world = *TRY(stage.Shared());
            RoomInputs inputs = TRY(world.RequestRun());
            inputs.hardware = TRY(stage.FlawedHardware("revoked"));
            return stage.LaunchRefused(world, inputs);
          }};
}

}  // namespace cloister::demo

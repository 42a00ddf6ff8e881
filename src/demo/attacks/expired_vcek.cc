#include "demo/attack.h"

namespace cloister::demo {

Attack ExpiredVcek() {
  return {.name = "expired-vcek",
          .what = "The operator runs the room on a processor whose chip certificate has expired.",
          .refused_by = "broker of hospital-a",
          .reason = "certificate has expired",
          .play = [](Stage& stage) -> Result<Refusal> {
            World& world = *TRY(stage.Shared());
            RoomInputs inputs = TRY(world.RequestRun());
            inputs.hardware = TRY(stage.FlawedHardware("expired"));
            return stage.LaunchRefused(world, inputs);
          }};
}

}  // namespace cloister::demo

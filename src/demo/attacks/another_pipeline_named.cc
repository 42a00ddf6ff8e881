#include "demo/attack.h"

namespace cloister::demo {

Attack AnotherPipelineNamed() {
  return {.name = "another-pipeline-named",
          .what = "The operator names another pipeline in the room's init-data.",
          .refused_by = "room",
          .reason = "init-data: expected the contract's pipeline, got another",
          .play = [](Stage& stage) -> Result<Refusal> {
            World& world = *TRY(stage.Shared());
            RoomInputs inputs = TRY(world.RequestRun());
            inputs.init_data.pipeline[0] ^= 1;
            return stage.LaunchRefused(world, inputs);
          }};
}

}  // namespace cloister::demo

#include "demo/attack.h"

namespace cloister::demo {

Attack InitDataMissing() {
  return {.name = "init-data-missing",
          .what = "The operator launches the room without saying for what: its init-data is empty.",
          .refused_by = "room",
          .reason = "init-data: expected member \"version\", got none",
          .play = [](Stage& stage) -> Result<Refusal> {
            World& world = *TRY(stage.Shared());
            RoomInputs inputs = TRY(world.RequestRun());
            inputs.init_data_text = "";
            return stage.LaunchRefused(world, inputs);
          }};
}

}  // namespace cloister::demo

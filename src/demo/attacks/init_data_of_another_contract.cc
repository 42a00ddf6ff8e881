#include "demo/attack.h"

namespace cloister::demo {

Attack InitDataOfAnotherContract() {
  return {.name = "init-data-of-another-contract",
          .what = "The operator names another contract in the room's init-data.",
          .refused_by = "room",
          .reason = "contract: expected the one that the init-data names",
          .play = [](Stage& stage) -> Result<Refusal> {
            World& world = *TRY(stage.Shared());
            RoomInputs inputs = TRY(world.RequestRun());
            inputs.init_data.contracts[0][7] ^= 1;
            return stage.LaunchRefused(world, inputs);
          }};
}

}  // namespace cloister::demo

#include "demo/attack.h"

namespace cloister::demo {

Attack InitDataOfAnotherBroker() {
  return {.name = "init-data-of-another-broker",
          .what = "The operator sends the room to a broker of its own, with a TLS key of its own.",
          .refused_by = "room",
          .reason = "init-data: expected a TLS key of the contract for the broker of",
          .play = [](Stage& stage) -> Result<Refusal> {
            World& world = *TRY(stage.Shared());
            RoomInputs inputs = TRY(world.RequestRun());
            inputs.init_data.brokers[0].key[7] ^= 1;
            return stage.LaunchRefused(world, inputs);
          }};
}

}  // namespace cloister::demo

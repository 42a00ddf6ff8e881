#include "demo/attack.h"

namespace cloister::demo {

Attack SwappedDataset() {
  return {.name = "swapped-dataset",
          .what = "The operator gives the room one hospital's sealed table in the place of another's.",
          .refused_by = "room",
          .reason = "dataset hospital_b: expected the sealed file that the contract names",
          .play = [](Stage& stage) -> Result<Refusal> {
            World& world = *TRY(stage.Shared());
            const RoomInputs inputs = TRY(world.RequestRun());
            TRY(ReplaceFile(inputs.data / "hospital_c.csv.age", inputs.data / "hospital_b.csv.age"));
            return stage.LaunchRefused(world, inputs);
          }};
}

}  // namespace cloister::demo

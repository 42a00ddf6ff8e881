#include "demo/attack.h"

namespace cloister::demo {

Attack FlippedCiphertext() {
  return {
      .name = "flipped-ciphertext",
      .what = "The operator flips one bit of a sealed table.",
      .refused_by = "room",
      .reason = "dataset hospital_b: expected the sealed file that the contract names",
      .play = [](Stage& stage) -> Result<Refusal> {
        World& world = *TRY(stage.Shared());
        const RoomInputs inputs = TRY(world.RequestRun());
        TRY(FlipByte(inputs.data / "hospital_b.csv.age", 5000));
        return stage.LaunchRefused(world, inputs);
      }};
}

}  // namespace cloister::demo

#include "demo/attack.h"

namespace cloister::demo {

Attack FlippedCiphertextAfterReservation() {
  return {
      .name = "flipped-ciphertext-after-reservation",
      .what = "The operator flips one bit of a sealed table after the room looked at it, to learn from how it fails.",
      .refused_by = "room",
      .reason = "state open: failed after data was opened; nothing more is said",
      .play = [](Stage& stage) -> Result<Refusal> {
        World& world = *TRY(stage.Shared());
        stage.AllowKeys(1);
        const RoomInputs inputs = TRY(world.RequestRun());
        auto refusal = TRY(stage.LaunchRefusedAfter(
            world, inputs, "reserve", [&] { return FlipByte(inputs.data / "hospital_b.csv.age", 5000); }));
        if (refusal.reason.find("hospital") != std::string::npos)
          return Error(ErrorCode::kRefused, "the failure tells too much: " + refusal.reason);
        return refusal;
      }};
}

}  // namespace cloister::demo

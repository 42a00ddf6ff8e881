#include "demo/attack.h"

namespace cloister::demo {

Attack RevokedByItsOwnerWhileTraining() {
  return {
      .name = "revoked-by-its-owner-while-training",
      .what =
          "One hospital takes the contract back at its own broker after the keys were released, while the room trains.",
      .refused_by = "broker of hospital-c",
      .reason = "revoked: ",
      .play = [](Stage& stage) -> Result<Refusal> {
        World& world = *TRY(stage.Own({.steps = kLongTraining}));
        stage.AllowKeys(1);
        return stage.LaunchRefusedAfter(world, TRY(world.RequestRun()), "train",
                                        [&] { return RevokeAtBroker(world, "hospital-c"); });
      }};
}

}  // namespace cloister::demo

#include "demo/attack.h"

namespace cloister::demo {

Attack RevokedWhileTraining() {
  return {
      .name = "revoked-while-training",
      .what = "One hospital revokes the contract on the ledger after the keys were released, while the room trains.",
      .refused_by = "room",
      .reason = "state gate: failed after data was opened; nothing more is said",
      .play = [](Stage& stage) -> Result<Refusal> {
        World& world = *TRY(stage.Own({.steps = kLongTraining}));
        stage.AllowKeys(1);
        return stage.LaunchRefusedAfter(world, TRY(world.RequestRun()), "train",
                                        [&] { return RevokeOnLedger(world, "hospital-b"); });
      }};
}

}  // namespace cloister::demo

#include "demo/attack.h"

namespace cloister::demo {

Attack RevokedBeforeLaunch() {
  return {.name = "revoked-before-launch",
          .what = "One hospital revokes the contract on the ledger, and the operator starts a room all the same.",
          .refused_by = "room",
          .reason = "revoked",
          .play = [](Stage& stage) -> Result<Refusal> {
            World& world = *TRY(stage.Own({}));
            TRY(RevokeOnLedger(world, "hospital-b"));
            return stage.LaunchRefused(world, TRY(world.RequestRun()));
          }};
}

}  // namespace cloister::demo

#include "demo/attack.h"

namespace cloister::demo {

Attack RevokedByItsOwner() {
  return {
      .name = "revoked-by-its-owner",
      .what =
          "One hospital takes the contract back at its own broker only, and the operator starts a room all the same.",
      .refused_by = "broker of hospital-c",
      .reason = "revoked: ",
      .play = [](Stage& stage) -> Result<Refusal> {
        World& world = *TRY(stage.Own({}));
        stage.AllowReservations(1);
        TRY(RevokeAtBroker(world, "hospital-c"));
        return stage.LaunchRefused(world, TRY(world.RequestRun()));
      }};
}

}  // namespace cloister::demo

#include "demo/attack.h"

namespace cloister::demo {

Attack RevokedAfterTheRoomLooked() {
  return {.name = "revoked-after-the-room-looked",
          .what = "One hospital revokes the contract on the ledger just after the room found it active.",
          .refused_by = "broker of hospital-a",
          .reason = "revoked",
          .play = [](Stage& stage) -> Result<Refusal> {
            World& world = *TRY(stage.Own({}));
            return stage.LaunchRefusedAfter(world, TRY(world.RequestRun()), "make-keys",
                                            [&] { return RevokeOnLedger(world, "hospital-b"); });
          }};
}

}  // namespace cloister::demo

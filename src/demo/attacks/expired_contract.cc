#include "demo/attack.h"

namespace cloister::demo {

Attack ExpiredContract() {
  return {
      .name = "expired-contract",
      .what = "A room is launched under a contract that has ended.",
      .refused_by = "room",
      .reason = "contract: expected active, the ledger says expired",
      .play = [](Stage& stage) -> Result<Refusal> {
        World& world = *TRY(stage.Shared());
        const Time end = SystemClock().Now() + Seconds(2);
        TRY(world.AgreeAnew({.contract = [&](contract::Contract& contract) { contract.expiry = end; }}));
        const RoomInputs inputs = TRY(world.RequestRun());
        WaitUntil(end + Seconds(1));
        return stage.LaunchRefused(world, inputs);
      }};
}

}  // namespace cloister::demo

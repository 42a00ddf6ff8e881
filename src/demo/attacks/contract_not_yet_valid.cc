#include "demo/attack.h"

namespace cloister::demo {

Attack ContractNotYetValid() {
  return {
      .name = "contract-not-yet-valid",
      .what = "A room is launched an hour before its contract begins.",
      .refused_by = "room",
      .reason = "contract: expected active, the ledger says not-yet",
      .play = [](Stage& stage) -> Result<Refusal> {
        World& world = *TRY(stage.Shared());
        const Time start = SystemClock().Now() + std::chrono::hours(1);
        TRY(world.AgreeAnew({.contract = [&](contract::Contract& contract) { contract.start = start; }}));
        return stage.LaunchRefused(world, TRY(world.RequestRun()));
      }};
}

}  // namespace cloister::demo

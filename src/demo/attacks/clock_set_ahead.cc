#include "demo/attack.h"

namespace cloister::demo {

Attack ClockSetAhead() {
  return {
      .name = "clock-set-ahead",
      .what = "The operator sets the room's clock ahead, to when a contract will have begun.",
      .refused_by = "room",
      .reason = "contract: expected active, the ledger says not-yet",
      .play = [](Stage& stage) -> Result<Refusal> {
        World& world = *TRY(stage.Shared());
        const Time start = SystemClock().Now() + std::chrono::days(20);
        TRY(world.AgreeAnew({.contract = [&](contract::Contract& contract) { contract.start = start; }}));
        RoomInputs inputs = TRY(world.RequestRun());
        TRY(ShiftClock(world, inputs, std::chrono::days(25)));
        return stage.LaunchRefused(world, inputs);
      }};
}

}  // namespace cloister::demo

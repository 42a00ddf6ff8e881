#include "demo/attack.h"

namespace cloister::demo {

Attack ClockSetBack() {
  return {
      .name = "clock-set-back",
      .what = "The operator sets the room's clock back a month, to when an ended contract still held.",
      .refused_by = "room",
      .reason = "contract: expected active, the ledger says expired",
      .play = [](Stage& stage) -> Result<Refusal> {
        World& world = *TRY(stage.Shared());
        const Time end = SystemClock().Now() + Seconds(2);
        TRY(world.AgreeAnew({.contract = [&](contract::Contract& contract) { contract.expiry = end; }}));
        RoomInputs inputs = TRY(world.RequestRun());
        TRY(ShiftClock(world, inputs, -std::chrono::days(30)));
        WaitUntil(end + Seconds(1));
        return stage.LaunchRefused(world, inputs);
      }};
}

}  // namespace cloister::demo

#include "demo/attack.h"
#include "demo/other_ledger.h"

namespace cloister::demo {

Attack StaleLedger() {
  return {
      .name = "stale-ledger",
      .what = "The room is led to a copy of the ledger of yesterday, with its keys: it signs the time of today.",
      .refused_by = "broker of hospital-a",
      .reason = "the ledger shows two histories",
      .play = [](Stage& stage) -> Result<Refusal> {
        World& world = *TRY(stage.Shared());
        const Agreement first = world.agreement();
        OtherLedger stale(world, "stale-ledger");
        TRY(stale.Copy());
        TRY(world.AgreeAnew({}));  // the real one goes on
        world.Return(first);
        TRY(Charges(world));  // and the brokers see that it did
        WaitUntil(SystemClock().Now() + Seconds(1));
        RoomInputs inputs = TRY(world.RequestRun());
        inputs.init_data.ledger.url = TRY(stale.Start());
        return stage.LaunchRefused(world, inputs);
      }};
}

}  // namespace cloister::demo

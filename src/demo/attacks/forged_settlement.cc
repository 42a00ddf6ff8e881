#include "demo/attack.h"

namespace cloister::demo {

Attack ForgedSettlement() {
  return {
      .name = "forged-settlement",
      .what = "Another room than the one that got the key reports that it spent nothing.",
      .refused_by = "broker of hospital-a",
      .reason = "expected the room that reserved first",
      .play = [](Stage& stage) -> Result<Refusal> {
        World& world = *TRY(stage.Shared());
        const RoomInputs inputs = TRY(world.RequestRun(Seconds(8)));
        stage.AllowKeys(1);
        stage.PlayFalsely(inputs.run);
        FalseRoom room(world, inputs);
        const contract::Dataset& dataset = world.contract().datasets[0];
        const auto reservations = TRY(room.ReserveAll());
        TRY(TRY(room.SessionOf(dataset))->Release(dataset, reservations));
        FalseRoom forger(world, inputs);
        const contract::Spent nothing{inputs.run, dataset.id, dataset.account, 0, 0, {}};
        const auto settled = TRY(forger.SessionOf(dataset))->Report(nothing, SystemClock().Now());
        // The room itself never opened what it got, and may give it back.
        TRY(TRY(room.SessionOf(dataset))->Report(nothing, SystemClock().Now()));
        TRY(WaitForLapse(world));
        return RefusalOfBroker("hospital-a", settled);
      }};
}

}  // namespace cloister::demo

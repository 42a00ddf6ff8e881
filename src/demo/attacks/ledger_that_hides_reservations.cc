#include "demo/attack.h"
#include "demo/other_ledger.h"

namespace cloister::demo {

Attack LedgerThatHidesReservations() {
  return {
      .name = "ledger-that-hides-reservations",
      .what = "The room is led to a copy of the ledger, made this minute, which never hears of what the brokers write.",
      .refused_by = "room",
      .reason = "it shows us an older or another history",
      .play = [](Stage& stage) -> Result<Refusal> {
        World& world = *TRY(stage.Shared());
        OtherLedger copy(world, "copied-ledger");
        RoomInputs inputs = TRY(world.RequestRun());
        TRY(copy.Copy());
        inputs.init_data.ledger.url = TRY(copy.Start());
        const Refusal refusal = TRY(stage.LaunchRefused(world, inputs));
        TRY(WaitForLapse(world));
        return refusal;
      }};
}

}  // namespace cloister::demo

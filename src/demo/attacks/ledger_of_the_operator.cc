#include "demo/attack.h"
#include "demo/other_ledger.h"

namespace cloister::demo {

Attack LedgerOfTheOperator() {
  return {
      .name = "ledger-of-the-operator",
      .what = "The operator leads the room to a ledger of its own.",
      .refused_by = "room",
      .reason = "server key is not the pinned one",
      .play = [](Stage& stage) -> Result<Refusal> {
        World& world = *TRY(stage.Shared());
        OtherLedger impostor(world, "operators-ledger");
        RoomInputs inputs = TRY(world.RequestRun());
        inputs.init_data.ledger.url = TRY(impostor.Start());
        return stage.LaunchRefused(world, inputs);
      }};
}

}  // namespace cloister::demo

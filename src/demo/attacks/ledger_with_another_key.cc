#include "demo/attack.h"
#include "demo/other_ledger.h"

namespace cloister::demo {

Attack LedgerWithAnotherKey() {
  return {
      .name = "ledger-with-another-key",
      .what = "The operator runs a ledger of its own with the stolen TLS key of the real one: it lacks what receipts prove.",
      .refused_by = "room",
      .reason = "state verify: ledger: the ledger has",
      .play = [](Stage& stage) -> Result<Refusal> {
        World& world = *TRY(stage.Shared());
        OtherLedger impostor(world, "impostor-ledger");
        TRY(impostor.CopyTlsKeyOnly());
        RoomInputs inputs = TRY(world.RequestRun());
        inputs.init_data.ledger.url = TRY(impostor.Start());
        return stage.LaunchRefused(world, inputs);
      }};
}

}  // namespace cloister::demo

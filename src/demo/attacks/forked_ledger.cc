#include "demo/attack.h"
#include "demo/other_ledger.h"

namespace cloister::demo {

Attack ForkedLedger() {
  return {
      .name = "forked-ledger",
      .what = "The ledger, put back from a backup, grows a second history beside the first and shows it to the room.",
      .refused_by = "broker of hospital-a",
      .reason = "two histories",
      .play = [](Stage& stage) -> Result<Refusal> {
        World& world = *TRY(stage.Shared());
        const Agreement first = world.agreement();
        OtherLedger fork(world, "forked-ledger");
        TRY(fork.Copy());
        TRY(world.AgreeAnew({}));
        world.Return(first);
        RoomInputs inputs = TRY(world.RequestRun());
        inputs.init_data.ledger.url = TRY(fork.Start());
        // The fork becomes the longer one, with statements that the real ledger has never seen.
        for (int i = 0; i < 8; ++i) TRY(fork.RegisterACertification(i));
        return stage.LaunchRefused(world, inputs);
      }};
}

}  // namespace cloister::demo

#include <csignal>

#include "demo/attack.h"

namespace cloister::demo {

Attack SilentLedger() {
  return {
      .name = "silent-ledger",
      .what = "The ledger cannot be reached: that is not the same as a ledger that says no.",
      .refused_by = "room",
      .reason = "unavailable: state verify: ledger: ",
      .play = [](Stage& stage) -> Result<Refusal> {
        World& world = *TRY(stage.Shared());
        const RoomInputs inputs = TRY(world.RequestRun());
        world.ledger_process().Kill(SIGKILL);
        auto refusal = stage.LaunchRefused(world, inputs);
        TRY(world.StartLedger());
        return refusal;
      }};
}

}  // namespace cloister::demo

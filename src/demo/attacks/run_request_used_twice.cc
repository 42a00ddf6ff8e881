#include "demo/attack.h"

namespace cloister::demo {

Attack RunRequestUsedTwice() {
  return {.name = "run-request-used-twice",
          .what = "The operator starts a room a second time with a run request that was used.",
          .refused_by = "room",
          .reason = "run request: expected one that was never used",
          .play = [](Stage& stage) -> Result<Refusal> {
            World& world = *TRY(stage.Shared());
            const FinishedRun finished = TRY(stage.HonestRun(0));
            return stage.LaunchRefused(world, TRY(OnceMore(finished.inputs, "again")));
          }};
}

}  // namespace cloister::demo

#include "demo/attack.h"

namespace cloister::demo {

Attack PlanClipsNothing() {
  return {
      .name = "plan-clips-nothing",
      .what = "The researcher's plan clips at a norm that nobody's gradient reaches.",
      .refused_by = "room",
      .reason = "state release: training plan: clip: expected",
      .play = [](Stage& stage) -> Result<Refusal> {
        return stage.PlanRefused([](formats::Json& plan) { plan.Set("clip", 1e30); });
      }};
}

}  // namespace cloister::demo

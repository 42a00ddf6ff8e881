#include "demo/attack.h"

namespace cloister::demo {

Attack PlanWithoutClipping() {
  return {
      .name = "plan-without-clipping",
      .what = "The researcher's plan leaves out the clipping of a person's gradient.",
      .refused_by = "room",
      .reason = "state release: training plan: expected member \"clip\", got none",
      .play = [](Stage& stage) -> Result<Refusal> {
        return stage.PlanRefused([](formats::Json& plan) { plan.Remove("clip"); });
      }};
}

}  // namespace cloister::demo

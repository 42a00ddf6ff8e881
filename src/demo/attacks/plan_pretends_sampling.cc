#include "demo/attack.h"

namespace cloister::demo {

Attack PlanPretendsSampling() {
  return {
      .name = "plan-pretends-sampling",
      .what = "The researcher's plan trains on everybody in each step and asks to be billed for a sample.",
      .refused_by = "room",
      .reason = "state release: training plan: unknown member \"sampling_rate\"",
      .play = [](Stage& stage) -> Result<Refusal> {
        return stage.PlanRefused([](formats::Json& plan) { plan.Set("expected_batch", "all"); plan.Set("sampling_rate", 0.001); });
      }};
}

}  // namespace cloister::demo

#include "demo/attack.h"

namespace cloister::demo {

Attack PlanLowersNoise() {
  return {
      .name = "plan-lowers-noise",
      .what = "The researcher's plan brings a noise multiplier of its own, far below what the contract's epsilon needs.",
      .refused_by = "room",
      .reason = "state release: training plan: unknown member \"noise_multiplier\"",
      .play = [](Stage& stage) -> Result<Refusal> {
        return stage.PlanRefused([](formats::Json& plan) { plan.Set("noise_multiplier", 0.01); });
      }};
}

}  // namespace cloister::demo

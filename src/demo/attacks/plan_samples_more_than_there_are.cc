#include "demo/attack.h"

namespace cloister::demo {

Attack PlanSamplesMoreThanThereAre() {
  return {
      .name = "plan-samples-more-than-there-are",
      .what = "The researcher's plan expects more people in a batch than the contract says there are.",
      .refused_by = "room",
      .reason = "state release: training plan: expected_batch: expected at most",
      .play = [](Stage& stage) -> Result<Refusal> {
        return stage.PlanRefused([](formats::Json& plan) { plan.Set("expected_batch", 100000); });
      }};
}

}  // namespace cloister::demo

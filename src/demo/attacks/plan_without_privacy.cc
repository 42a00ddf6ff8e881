#include "demo/attack.h"

namespace cloister::demo {

Attack PlanWithoutPrivacy() {
  return {
      .name = "plan-without-privacy",
      .what = "The researcher's plan names another trainer, one without privacy.",
      .refused_by = "room",
      .reason = "state release: training plan: type: expected training-plan/v1",
      .play = [](Stage& stage) -> Result<Refusal> {
        return stage.PlanRefused([](formats::Json& plan) { plan.Set("type", "training-plan/without-privacy"); });
      }};
}

}  // namespace cloister::demo

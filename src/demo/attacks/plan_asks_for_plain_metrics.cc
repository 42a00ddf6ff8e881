#include "demo/attack.h"

namespace cloister::demo {

Attack PlanAsksForPlainMetrics() {
  return {
      .name = "plan-asks-for-plain-metrics",
      .what = "The researcher's plan asks for a confusion matrix and training losses without noise.",
      .refused_by = "room",
      .reason = "state release: training plan: unknown member \"metrics\"",
      .play = [](Stage& stage) -> Result<Refusal> {
        return stage.PlanRefused([](formats::Json& plan) { plan.Set("metrics", formats::Json::Array{"confusion_matrix", "training_loss"}); });
      }};
}

}  // namespace cloister::demo

#include "demo/attack.h"

namespace cloister::demo {

Attack PlanIgnoresPersonCap() {
  return {
      .name = "plan-ignores-person-cap",
      .what = "The researcher's plan sets how many rows a patient may have, above the contract's cap.",
      .refused_by = "room",
      .reason = "state release: training plan: unknown member \"max_rows_per_person\"",
      .play = [](Stage& stage) -> Result<Refusal> {
        return stage.PlanRefused([](formats::Json& plan) { plan.Set("max_rows_per_person", 1000); });
      }};
}

}  // namespace cloister::demo

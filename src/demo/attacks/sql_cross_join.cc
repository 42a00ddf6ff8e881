#include "demo/attack.h"

namespace cloister::demo {

Attack SqlCrossJoin() {
  return {
      .name = "sql-cross-join",
      .what = "The researcher's SQL puts every patient's values into every other patient's rows.",
      .refused_by = "room",
      .reason = "pipeline SQL: CROSS JOIN is not permitted",
      .play = [](Stage& stage) -> Result<Refusal> {
        return stage.SqlRefused(
            "SELECT hospital_a.patient_id AS person, error_area, target FROM hospital_a CROSS JOIN hospital_b");
      }};
}

}  // namespace cloister::demo

#include "demo/attack.h"

namespace cloister::demo {

Attack SqlFirstRowOnly() {
  return {
      .name = "sql-first-row-only",
      .what = "The researcher's SQL sorts the patients and keeps the first one only.",
      .refused_by = "room",
      .reason = "pipeline SQL: ORDER BY, LIMIT or DISTINCT is not permitted",
      .play = [](Stage& stage) -> Result<Refusal> {
        return stage.SqlRefused(
            "SELECT hospital_a.patient_id AS person, mean_area, target FROM hospital_a ORDER BY mean_area LIMIT 1");
      }};
}

}  // namespace cloister::demo

#include "demo/attack.h"

namespace cloister::demo {

Attack SqlSubquery() {
  return {
      .name = "sql-subquery",
      .what = "The researcher's SQL puts one patient's value into everybody's row.",
      .refused_by = "room",
      .reason = "pipeline SQL: a subquery is not permitted",
      .play = [](Stage& stage) -> Result<Refusal> {
        return stage.SqlRefused(
            "SELECT hospital_a.patient_id AS person, (SELECT mean_area FROM hospital_a WHERE patient_id = 'P1000') AS mean_area, target "
            "FROM hospital_a");
      }};
}

}  // namespace cloister::demo

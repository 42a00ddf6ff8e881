#include "demo/attack.h"

namespace cloister::demo {

Attack SqlAggregate() {
  return {
      .name = "sql-aggregate",
      .what = "The researcher's SQL counts the patients instead of preparing rows.",
      .refused_by = "room",
      .reason = "pipeline SQL: function min, which is not among those that work on one row",
      .play = [](Stage& stage) -> Result<Refusal> {
        return stage.SqlRefused(
            "SELECT min(patient_id) AS person, count(*) AS mean_area, max(target) AS target FROM hospital_a");
      }};
}

}  // namespace cloister::demo

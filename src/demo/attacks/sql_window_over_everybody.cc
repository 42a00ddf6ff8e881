#include "demo/attack.h"

namespace cloister::demo {

Attack SqlWindowOverEverybody() {
  return {
      .name = "sql-window-over-everybody",
      .what = "The researcher's SQL gives every row the average over all patients.",
      .refused_by = "room",
      .reason = "pipeline SQL: a window function, which looks at other rows, is not permitted",
      .play = [](Stage& stage) -> Result<Refusal> {
        return stage.SqlRefused(
            "SELECT hospital_a.patient_id AS person, avg(mean_area) OVER () AS mean_area, target FROM hospital_a");
      }};
}

}  // namespace cloister::demo

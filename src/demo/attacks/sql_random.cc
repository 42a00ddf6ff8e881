#include "demo/attack.h"

namespace cloister::demo {

Attack SqlRandom() {
  return {
      .name = "sql-random",
      .what = "The researcher's SQL draws at random, to blur which rows it took.",
      .refused_by = "room",
      .reason = "pipeline SQL: function random",
      .play = [](Stage& stage) -> Result<Refusal> {
        return stage.SqlRefused(
            "SELECT hospital_a.patient_id AS person, mean_area + random() AS mean_area, target FROM hospital_a");
      }};
}

}  // namespace cloister::demo

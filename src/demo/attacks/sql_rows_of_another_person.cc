#include "demo/attack.h"

namespace cloister::demo {

Attack SqlRowsOfAnotherPerson() {
  return {
      .name = "sql-rows-of-another-person",
      .what = "The researcher's SQL attaches one patient's rows to another patient's key.",
      .refused_by = "room",
      .reason = "a join on anything but equal person keys",
      .play = [](Stage& stage) -> Result<Refusal> {
        return stage.SqlRefused(
            "SELECT hospital_a.patient_id AS person, error_area, target FROM hospital_a JOIN hospital_b ON hospital_b.patient_id = 'P1000'");
      }};
}

}  // namespace cloister::demo

#include "demo/attack.h"

namespace cloister::demo {

Attack SqlSecondStatement() {
  return {
      .name = "sql-second-statement",
      .what = "The researcher's SQL appends a second statement that switches file access on again.",
      .refused_by = "room",
      .reason = "pipeline SQL: expected one SELECT",
      .play = [](Stage& stage) -> Result<Refusal> {
        return stage.SqlRefused(
            "SELECT hospital_a.patient_id AS person, mean_area, target FROM hospital_a; SET enable_external_access = true");
      }};
}

}  // namespace cloister::demo

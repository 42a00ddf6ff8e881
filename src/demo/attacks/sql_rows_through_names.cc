#include "demo/attack.h"

namespace cloister::demo {

Attack SqlRowsThroughNames() {
  return {
      .name = "sql-rows-through-names",
      .what = "The researcher names a column after what it wants to learn, hoping to find it in the card.",
      .refused_by = "room",
      .reason = "expected columns with bounds in the contract, is_p1000_ill has none",
      .play = [](Stage& stage) -> Result<Refusal> {
        return stage.SqlRefused(
            "SELECT hospital_a.patient_id AS person, mean_area, mean_radius AS is_p1000_ill, target FROM hospital_a");
      }};
}

}  // namespace cloister::demo

#include "demo/attack.h"

namespace cloister::demo {

Attack SqlWritesFile() {
  return {
      .name = "sql-writes-file",
      .what = "The researcher's SQL copies a hospital's table to where the operator can read it.",
      .refused_by = "room",
      .reason = "pipeline SQL: expected one SELECT",
      .play = [](Stage& stage) -> Result<Refusal> {
        return stage.SqlRefused(
            "COPY hospital_a TO '/out/rows.csv'");
      }};
}

}  // namespace cloister::demo

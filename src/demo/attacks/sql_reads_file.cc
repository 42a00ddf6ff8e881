#include "demo/attack.h"

namespace cloister::demo {

Attack SqlReadsFile() {
  return {
      .name = "sql-reads-file",
      .what = "The researcher's SQL reads a file of the room.",
      .refused_by = "room",
      .reason = "pipeline SQL: a table function, such as one that reads files, is not permitted",
      .play = [](Stage& stage) -> Result<Refusal> {
        return stage.SqlRefused(
            "SELECT patient_id AS person, mean_area, target FROM read_csv('/data/contract.json') AS hospital_a");
      }};
}

}  // namespace cloister::demo

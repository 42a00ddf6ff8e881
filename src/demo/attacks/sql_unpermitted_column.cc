#include "demo/attack.h"

namespace cloister::demo {

Attack SqlUnpermittedColumn() {
  return {
      .name = "sql-unpermitted-column",
      .what = "The researcher's SQL uses a column that the contract does not permit.",
      .refused_by = "room",
      .reason = "pipeline SQL: column mean_area is not permitted",
      .play = [](Stage& stage) -> Result<Refusal> {
        return stage.RunRefusedUnder({.contract = [](contract::Contract& contract) {
          for (auto& [dataset, columns] : contract.permissions.at(0).columns) std::erase(columns, "mean_area");
        }});
      }};
}

}  // namespace cloister::demo

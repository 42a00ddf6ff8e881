#include "contract/lint.h"
#include "demo/attack.h"

namespace cloister::demo {

Attack DeltaAboveOneOverN() {
  return {
      .name = "delta-above-one-over-n",
      .what = "The researcher draws up a contract with delta 0.01, by which a few patients may be given away (as DEPA's contracts have it).",
      .refused_by = "ledger",
      .reason = "expected between 0 and 1/rows",
      .play = [](Stage& stage) -> Result<Refusal> {
        World& world = *TRY(stage.Shared());
        const auto agreed = world.AgreeAnew({.contract = [](contract::Contract& contract) {
          contract.privacy.at(0).delta = 0.01;
          contract.privacy.at(0).total_delta = 0.5;
        }});
        if (agreed) return Error(ErrorCode::kRefused, "expected a contract that nobody takes, and everybody took it");
        // A hospital that looks before it signs is told, too.
        const auto lint = contract::Lint(world.contract_json(), SystemClock().Now());
        if (lint.CanBecomeActive()) return Error(ErrorCode::kRefused, "expected `contract lint` to find the delta, and it passed");
        return Refusal{"ledger", agreed.error().ToText()};
      }};
}

}  // namespace cloister::demo

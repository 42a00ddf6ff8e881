#include "demo/attack.h"

namespace cloister::demo {

Attack TwoRoomsForTheLastBudget() {
  return {
      .name = "two-rooms-for-the-last-budget",
      .what = "Two rooms with a run request each race for a budget that is left for one.",
      .refused_by = "broker of hospital-a",
      .reason = "exhausted: ",
      .play = [](Stage& stage) -> Result<Refusal> {
        World& world = *TRY(stage.Shared());
        stage.AllowRuns(1);
        const auto charged = TRY(Charges(world));
        TRY(world.AgreeAnew({.contract = [&](contract::Contract& contract) {
          for (contract::PrivacyTerms& terms : contract.privacy) {
            const contract::Dataset& dataset = *contract.DatasetById(terms.dataset);
            terms.total_epsilon = charged.at(dataset.owner) + 1.5 * terms.epsilon;
          }
        }}));
        const RoomInputs inputs = TRY(world.RequestRun(std::chrono::minutes(2)));
        const auto [one, other] = TRY(stage.LaunchTogether(world, inputs, TRY(world.RequestRun(std::chrono::minutes(2)))));
        if (one.Done() == other.Done()) {
          return Error(ErrorCode::kRefused, "expected one of the two to win: " + one.reason + " | " + other.reason);
        }
        return Stage::RefusalOf(one.Done() ? other : one);
      }};
}

}  // namespace cloister::demo

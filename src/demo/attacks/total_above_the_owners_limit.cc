#include "demo/attack.h"

namespace cloister::demo {

Attack TotalAboveTheOwnersLimit() {
  return {
      .name = "total-above-the-owners-limit",
      .what = "A contract that everybody signed allows more in all than a hospital ever wanted to spend.",
      .refused_by = "broker of hospital-b",
      .reason = "expected at most the owner's limit",
      .play = [](Stage& stage) -> Result<Refusal> {
        World& world = *TRY(stage.Shared());
        const auto agreed = world.AgreeAnew({.contract = [](contract::Contract& contract) {
          for (contract::PrivacyTerms& terms : contract.privacy) {
            if (contract.DatasetById(terms.dataset)->owner == "hospital-b") terms.total_epsilon *= 2;
          }
        }});
        return RefusalOfBroker("hospital-b", agreed);
      }};
}

}  // namespace cloister::demo

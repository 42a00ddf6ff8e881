#include "demo/attack.h"

namespace cloister::demo {

Attack EvidenceForAnotherContract() {
  return {.name = "evidence-for-another-contract",
          .what = "Evidence of the certified room names another contract than its measured init-data.",
          .refused_by = "broker of hospital-a",
          .reason = "init-data: expected the evidence's contracts",
          .play = [](Stage& stage) -> Result<Refusal> {
            World& world = *TRY(stage.Shared());
            FalseRoom room(world, TRY(world.RequestRun()));
            const auto session = TRY(room.Begin("hospital-a"));
            auto binding = room.Binding(session, "hospital-a");
            binding.contracts[0][0] ^= 1;
            return RefusalOfBroker("hospital-a", Attest(*session.connection, TRY(room.Attestation(session, binding))));
          }};
}

}  // namespace cloister::demo

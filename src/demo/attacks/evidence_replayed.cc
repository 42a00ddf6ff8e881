#include "demo/attack.h"

namespace cloister::demo {

Attack EvidenceReplayed() {
  return {.name = "evidence-replayed",
          .what = "Evidence of a run that is over, as anybody reads it in the run's proof, is shown once more.",
          .refused_by = "broker of hospital-a",
          .reason = "nonce: expected the session's, got another",
          .play = [](Stage& stage) -> Result<Refusal> {
            World& world = *TRY(stage.Shared());
            const FinishedRun finished = TRY(stage.HonestRun(0));
            FalseRoom room(world, finished.inputs);
            const auto session = TRY(room.Begin("hospital-a"));
            return RefusalOfBroker("hospital-a", Attest(*session.connection, TRY(RecordedAttestation(finished.run))));
          }};
}

}  // namespace cloister::demo

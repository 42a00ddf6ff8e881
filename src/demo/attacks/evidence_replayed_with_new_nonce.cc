#include "demo/attack.h"

namespace cloister::demo {

Attack EvidenceReplayedWithNewNonce() {
  return {.name = "evidence-replayed-with-new-nonce",
          .what = "Evidence of a run that is over is shown once more, with the new session's nonce written beside it.",
          .refused_by = "broker of hospital-a",
          .reason = "report_data is not what was asked for",
          .play = [](Stage& stage) -> Result<Refusal> {
            World& world = *TRY(stage.Shared());
            const FinishedRun finished = TRY(stage.HonestRun(0));
            FalseRoom room(world, finished.inputs);
            const auto session = TRY(room.Begin("hospital-a"));
            auto recorded = TRY(RecordedAttestation(finished.run));
            formats::Json runtime = *TRY(recorded.GetObject("runtime-data"));
            runtime.Set("nonce", session.nonce);
            recorded.Set("runtime-data", runtime);
            return RefusalOfBroker("hospital-a", Attest(*session.connection, recorded));
          }};
}

}  // namespace cloister::demo

#include "demo/attack.h"

namespace cloister::demo {

Attack EvidenceSentTwice() {
  return {.name = "evidence-sent-twice",
          .what = "Evidence that a broker took is sent to it once more in the same session.",
          .refused_by = "broker of hospital-a",
          .reason = "replayed: ",
          .play = [](Stage& stage) -> Result<Refusal> {
            World& world = *TRY(stage.Shared());
            FalseRoom room(world, TRY(world.RequestRun()));
            const auto session = TRY(room.Begin("hospital-a"));
            const auto evidence = TRY(room.Attestation(session, room.Binding(session, "hospital-a")));
            TRY(Attest(*session.connection, evidence));
            return RefusalOfBroker("hospital-a", Attest(*session.connection, evidence));
          }};
}

}  // namespace cloister::demo

#include "demo/attack.h"

namespace cloister::demo {

Attack EvidenceWithoutInitData() {
  return {.name = "evidence-without-init-data",
          .what = "A room shows evidence, but not the init-data that says what it is for.",
          .refused_by = "broker of hospital-a",
          .reason = "init-data: expected a room's, got none",
          .play = [](Stage& stage) -> Result<Refusal> {
            World& world = *TRY(stage.Shared());
            FalseRoom room(world, TRY(world.RequestRun()));
            const auto session = TRY(room.Begin("hospital-a"));
            auto evidence = TRY(room.Attestation(session, room.Binding(session, "hospital-a")));
            evidence.Remove("init-data");
            return RefusalOfBroker("hospital-a", Attest(*session.connection, evidence));
          }};
}

}  // namespace cloister::demo

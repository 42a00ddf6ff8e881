#include "demo/attack.h"

namespace cloister::demo {

Attack EvidenceRelayed() {
  return {.name = "evidence-relayed",
          .what = "A man in the middle shows fresh evidence of the certified room over a connection of his own.",
          .refused_by = "broker of hospital-a",
          .reason = "evidence: expected one for this connection",
          .play = [](Stage& stage) -> Result<Refusal> {
            World& world = *TRY(stage.Shared());
            FalseRoom room(world, TRY(world.RequestRun()));
            const auto session = TRY(room.Begin("hospital-a"));
            const auto honest = TRY(room.Begin("hospital-a"));
            auto binding = room.Binding(session, "hospital-a");
            binding.exporter = honest.connection->exporter();
            return RefusalOfBroker("hospital-a", Attest(*session.connection, TRY(room.Attestation(session, binding))));
          }};
}

}  // namespace cloister::demo

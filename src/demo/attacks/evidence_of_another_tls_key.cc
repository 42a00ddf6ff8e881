#include "demo/attack.h"

namespace cloister::demo {

Attack EvidenceOfAnotherTlsKey() {
  return {.name = "evidence-of-another-tls-key",
          .what = "A man in the middle shows evidence of a room that saw his TLS key, and not the broker's.",
          .refused_by = "broker of hospital-a",
          .reason = "evidence: expected one that saw our TLS key",
          .play = [](Stage& stage) -> Result<Refusal> {
            World& world = *TRY(stage.Shared());
            FalseRoom room(world, TRY(world.RequestRun()));
            const auto session = TRY(room.Begin("hospital-a"));
            auto binding = room.Binding(session, "hospital-a");
            binding.peer_key[0] ^= 1;
            return RefusalOfBroker("hospital-a", Attest(*session.connection, TRY(room.Attestation(session, binding))));
          }};
}

}  // namespace cloister::demo

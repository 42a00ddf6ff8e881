#include "demo/attack.h"

namespace cloister::demo {

Attack RelayedNonce() {
  return {
      .name = "relayed-nonce",
      .what = "A hostile broker gives the room another broker's challenge, and shows the room's evidence to that one.",
      .refused_by = "broker of hospital-a",
      .reason = "evidence: expected one for this party",
      .play = [](Stage& stage) -> Result<Refusal> {
        World& world = *TRY(stage.Shared());
        FalseRoom room(world, TRY(world.RequestRun()));
        const auto session = TRY(room.Begin("hospital-a"));
        // What the room makes for hospital-b: its party, its key, its connection, but the nonce of hospital-a.
        auto with_b = TRY(room.Begin("hospital-b"));
        with_b.nonce = session.nonce;
        const auto evidence = TRY(room.Attestation(with_b, room.Binding(with_b, "hospital-b")));
        return RefusalOfBroker("hospital-a", Attest(*session.connection, evidence));
      }};
}

}  // namespace cloister::demo

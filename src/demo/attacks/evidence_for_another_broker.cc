#include "demo/attack.h"

namespace cloister::demo {

Attack EvidenceForAnotherBroker() {
  return {
      .name = "evidence-for-another-broker",
      .what = "Fresh evidence of the certified room, made for one hospital's broker, is shown to another's.",
      .refused_by = "broker of hospital-a",
      .reason = "evidence: expected one for this party",
      .play = [](Stage& stage) -> Result<Refusal> {
        World& world = *TRY(stage.Shared());
        FalseRoom room(world, TRY(world.RequestRun()));
        const auto session = TRY(room.Begin("hospital-a"));
        auto binding = room.Binding(session, "hospital-a");
        binding.party = world.actor("hospital-b").card.did;
        return RefusalOfBroker("hospital-a", Attest(*session.connection, TRY(room.Attestation(session, binding))));
      }};
}

}  // namespace cloister::demo

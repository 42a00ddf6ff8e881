#include "demo/attack.h"

namespace cloister::demo {

Attack CertificationByAnotherKey() {
  return {
      .name = "certification-by-another-key",
      .what = "Somebody else certifies the room in the certifier's name.",
      .refused_by = "room",
      .reason = "certification: signed certification+json: none of the expected keys signed it",
      .play = [](Stage& stage) -> Result<Refusal> {
        World& world = *TRY(stage.Shared());
        const RoomInputs inputs = TRY(world.RequestRun());
        const auto key = crypto::SigningKey::Generate(crypto::SignatureAlgorithm::kEs256);
        TRY(ReplaceCertification(inputs, [](contract::Certification&) {}, key, world.actor("certifier").card.did));
        return stage.LaunchRefused(world, inputs);
      }};
}

}  // namespace cloister::demo

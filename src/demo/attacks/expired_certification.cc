#include "demo/attack.h"

namespace cloister::demo {

Attack ExpiredCertification() {
  return {
      .name = "expired-certification",
      .what = "The room is launched with a certification whose time is over.",
      .refused_by = "room",
      .reason = "certification: ",
      .play = [](Stage& stage) -> Result<Refusal> {
        World& world = *TRY(stage.Shared());
        const RoomInputs inputs = TRY(world.RequestRun());
        const Actor& certifier = world.actor("certifier");
        TRY(ReplaceCertification(
            inputs,
            [](contract::Certification& certification) {
              certification.not_before -= std::chrono::hours(48);
              certification.not_after = certification.not_before + std::chrono::hours(24);
            },
            *certifier.identity, certifier.card.did));
        return stage.LaunchRefused(world, inputs);
      }};
}

}  // namespace cloister::demo

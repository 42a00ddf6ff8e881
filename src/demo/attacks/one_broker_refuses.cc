#include "demo/attack.h"

namespace cloister::demo {

Attack OneBrokerRefuses() {
  return {
      .name = "one-broker-refuses",
      .what = "The last hospital's board says no when the others have reserved already: they get everything back.",
      .refused_by = "broker of hospital-c",
      .reason = "revoked: ",
      .play = [](Stage& stage) -> Result<Refusal> {
        World& world = *TRY(stage.Shared());
        TRY(world.AgreeAnew({}));
        const Actor& owner = world.actor("hospital-c");
        auto admin = TRY(commands::BrokerAdmin::Connect(owner.folder, owner.broker_url));
        TRY(admin.Revoke(world.contract().digest(), "the board said no"));
        const Refusal refusal = TRY(stage.LaunchRefused(world, TRY(world.RequestRun(Seconds(8)))));
        TRY(WaitForLapse(world));  // nobody may be charged anything
        return refusal;
      }};
}

}  // namespace cloister::demo

#include "demo/attack.h"

namespace cloister::demo {

Attack InitDataNotMeasured() {
  return {.name = "init-data-not-measured",
          .what = "A room shows other init-data than it was launched with, to serve another run.",
          .refused_by = "broker of hospital-a",
          .reason = "host_data is not what was expected",
          .play = [](Stage& stage) -> Result<Refusal> {
            World& world = *TRY(stage.Shared());
            FalseRoom room(world, TRY(world.RequestRun()));
            const auto session = TRY(room.Begin("hospital-a"));
            auto evidence = TRY(room.Attestation(session, room.Binding(session, "hospital-a")));
            room.inputs().init_data.run_request[0] ^= 1;
            evidence.Set("init-data",
                         formats::Json::Object{{"format", "toml"}, {"body", room.inputs().init_data.ToToml()}});
            return RefusalOfBroker("hospital-a", Attest(*session.connection, evidence));
          }};
}

}  // namespace cloister::demo

#include "demo/attack.h"

namespace cloister::demo {

Attack ContractNeverSigned() {
  return {.name = "contract-never-signed",
          .what = "A certified room on genuine hardware asks for a key under a contract that its owner never signed.",
          .refused_by = "broker of hospital-a",
          .reason = "the owner has not imported it",
          .play = [](Stage& stage) -> Result<Refusal> {
            World& world = *TRY(stage.Shared());
            FalseRoom room(world, TRY(world.RequestRun()));
            room.inputs().init_data.contracts[0][0] ^= 1;
            const auto session = TRY(room.Begin("hospital-a"));
            TRY(Attest(*session.connection, TRY(room.Attestation(session, room.Binding(session, "hospital-a")))));
            return RefusalOfBroker("hospital-a", room.Reserve(session, "hospital-a"));
          }};
}

}  // namespace cloister::demo

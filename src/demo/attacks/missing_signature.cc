#include "demo/attack.h"

#include "room/given.h"

namespace cloister::demo {

Attack MissingSignature() {
  return {.name = "missing-signature",
          .what = "The operator starts the room without one hospital's signature of the contract.",
          .refused_by = "room",
          .reason = "expected a signature of did:web:hospital-b.example, got none",
          .play = [](Stage& stage) -> Result<Refusal> {
            World& world = *TRY(stage.Shared());
            const RoomInputs inputs = TRY(world.RequestRun());
            std::error_code error;
            if (!std::filesystem::remove(
                    inputs.data / "signatures" / room::PartyFileName(world.actor("hospital-b").card.did), error)) {
              return Error(ErrorCode::kNotFound, "expected a file of hospital-b among signatures");
            }
            return stage.LaunchRefused(world, inputs);
          }};
}

}  // namespace cloister::demo

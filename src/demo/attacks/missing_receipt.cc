#include "demo/attack.h"

#include "room/given.h"

namespace cloister::demo {

Attack MissingReceipt() {
  return {.name = "missing-receipt",
          .what = "The operator starts the room without the ledger's receipt of one hospital's signature.",
          .refused_by = "room",
          .reason = "expected the ledger's receipt of the signature of did:web:hospital-b.example, got none",
          .play = [](Stage& stage) -> Result<Refusal> {
            World& world = *TRY(stage.Shared());
            const RoomInputs inputs = TRY(world.RequestRun());
            std::error_code error;
            if (!std::filesystem::remove(
                    inputs.data / "receipts" / room::PartyFileName(world.actor("hospital-b").card.did), error)) {
              return Error(ErrorCode::kNotFound, "expected a file of hospital-b among receipts");
            }
            return stage.LaunchRefused(world, inputs);
          }};
}

}  // namespace cloister::demo

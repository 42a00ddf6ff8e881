#include "demo/attack.h"

#include "room/given.h"

namespace cloister::demo {

Attack ReceiptOfAnotherSignature() {
  return {.name = "receipt-of-another-signature",
          .what = "The operator shows the receipt of one hospital's signature for another's.",
          .refused_by = "room",
          .reason = "receipt of the signature of did:web:hospital-b.example",
          .play = [](Stage& stage) -> Result<Refusal> {
            World& world = *TRY(stage.Shared());
            const RoomInputs inputs = TRY(world.RequestRun());
            const auto receipt = [&](const std::string& name) {
              return inputs.data / "receipts" / room::PartyFileName(world.actor(name).card.did);
            };
            TRY(ReplaceFile(receipt("hospital-a"), receipt("hospital-b")));
            return stage.LaunchRefused(world, inputs);
          }};
}

}  // namespace cloister::demo

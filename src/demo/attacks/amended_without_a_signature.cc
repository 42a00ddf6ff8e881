#include "base/file.h"
#include "demo/attack.h"
#include "room/given.h"

namespace cloister::demo {

Attack AmendedWithoutASignature() {
  return {
      .name = "amended-without-a-signature",
      .what = "An amendment that lets a run spend twice as much carries one hospital's signature of the former version.",
      .refused_by = "room",
      .reason = "contract signature of did:web:hospital-b.example: is over another contract",
      .play = [](Stage& stage) -> Result<Refusal> {
        World& world = *TRY(stage.Shared());
        const contract::Contract former = world.contract();
        const Bytes old_signature = world.agreement().signatures.at(world.actor("hospital-b").card.did);
        TRY(world.AgreeAnew({.contract =
                                 [&](contract::Contract& contract) {
                                   contract.id = former.id;
                                   contract.version = former.version + 1;
                                   contract.supersedes = former.digest();
                                   for (contract::PrivacyTerms& terms : contract.privacy) terms.epsilon *= 2;
                                 },
                             .without = {"hospital-b"}}));
        const RoomInputs inputs = TRY(world.RequestRun());
        const std::string file = room::PartyFileName(world.actor("hospital-b").card.did);
        TRY(WriteFile(inputs.data / "signatures" / file, old_signature, FileMode::kPublic));
        const Bytes receipt = TRY(ReadFile(world.config().folder / "receipts" / file, 1u << 20));
        TRY(WriteFile(inputs.data / "receipts" / file, receipt, FileMode::kPublic));
        return stage.LaunchRefused(world, inputs);
      }};
}

}  // namespace cloister::demo

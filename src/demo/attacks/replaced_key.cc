#include "contract/key_rotation.h"
#include "demo/attack.h"

namespace cloister::demo {

Attack ReplacedKey() {
  return {
      .name = "replaced-key",
      .what = "A thief signs a new contract with a key of the operator that was stolen, and that the operator has replaced.",
      .refused_by = "ledger",
      .reason = "replaced this one at",
      .play = [](Stage& stage) -> Result<Refusal> {
        World& world = *TRY(stage.Shared());
        Actor& owner = world.actor("operator");
        const Time now = SystemClock().Now();
        auto fresh = crypto::SigningKey::Generate(crypto::SignatureAlgorithm::kEs256);
        const auto stolen = contract::KeyThumbprint(owner.identity->Public());
        const contract::KeyRotation rotation{owner.card.did, stolen, contract::NamedKey::Of(fresh.Public()), now};
        TRY(world.Register(TRY(contract::SignDocument(rotation, *owner.identity, owner.card.did, now)),
                           world.config().folder / "key-rotation-receipt.cose"));
        const auto signed_by_the_thief = world.AgreeAnew({});
        world.TakeKey(owner, std::move(fresh));  // the operator goes on with its new one
        if (signed_by_the_thief) return Error(ErrorCode::kRefused, "expected the ledger to refuse the signature, and it took it");
        return Refusal{"ledger", signed_by_the_thief.error().ToText()};
      }};
}

}  // namespace cloister::demo

#include "demo/attack.h"

namespace cloister::demo {

Attack ContractNotSignedByAll() {
  return {.name = "contract-not-signed-by-all",
          .what = "The operator never has its signature entered in the ledger, and starts the room all the same.",
          .refused_by = "room",
          .reason = "expected the ledger's receipt of the signature of did:web:operator.example, got none",
          .play = [](Stage& stage) -> Result<Refusal> {
            World& world = *TRY(stage.Own({.unregistered = {"operator"}}));
            return stage.LaunchRefused(world, TRY(world.RequestRun()));
          }};
}

}  // namespace cloister::demo

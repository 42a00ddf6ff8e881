#include "demo/attack.h"
#include "sealed/age_file.h"

namespace cloister::demo {

Attack SameRowsUnderAnotherAccount() {
  return {
      .name = "same-rows-under-another-account",
      .what = "A contract that everybody signed charges a hospital's rows, sealed anew, to a fresh account.",
      .refused_by = "broker of hospital-b",
      .reason = "expected one of the owner's accounts",
      .play = [](Stage& stage) -> Result<Refusal> {
        World& world = *TRY(stage.Shared());
        const auto identity = sealed::Identity::Generate(crypto::SystemRandom());
        const auto recipient = identity.recipient();
        const Bytes file = TRY(sealed::Seal(std::span(&recipient, 1), AsBytes(world.scenario().tables[1].csv), crypto::SystemRandom()));
        const auto record = TRY(sealed::Describe(file));
        const auto agreed = world.AgreeAnew({.contract = [&](contract::Contract& contract) {
          for (contract::Dataset& dataset : contract.datasets) {
            if (dataset.owner != "hospital-b") continue;
            dataset.integrity = {record.file.sha256, record.file.size, record.header_sha256};
            dataset.key_resource = "datasets/hospital_b/v2";
            dataset.account = "people-of-hospital-b";
          }
        }});
        return RefusalOfBroker("hospital-b", agreed);
      }};
}

}  // namespace cloister::demo

#include <csignal>

#include "demo/attack.h"

namespace cloister::demo {
namespace {

// The contract ends `lifetime` from now, while the first broker, which the operator holds up, has yet to answer.
Result<Refusal> HoldUp(Stage& stage, World& world, Seconds lifetime) {
  const Time end = SystemClock().Now() + lifetime;
  TRY(world.AgreeAnew({.contract = [&](contract::Contract& contract) { contract.expiry = end; }}));
  commands::Process& first = *world.actor("hospital-a").broker;
  world.WatchStates([&](const std::string& state) {
    if (state != "make-keys") return;
    first.Kill(SIGSTOP);
    WaitUntil(end + Seconds(1));
    first.Kill(SIGCONT);
  });
  return stage.LaunchRefused(world, TRY(world.RequestRun()));
}

}  // namespace

Attack ContractEndsDuringTheRun() {
  return {
      .name = "contract-ends-during-the-run",
      .what = "The operator holds a room up until its contract, still good when it looked, is over.",
      .refused_by = "broker of hospital-a",
      .reason = "contract: ended at",
      .play = [](Stage& stage) -> Result<Refusal> {
        World& world = *TRY(stage.Shared());
        auto refusal = HoldUp(stage, world, Seconds(5));
        // On a slow machine the contract was over before all had signed it, or before the room looked; a room waits 30 s
        // for an answer.
        for (const Seconds longer : {Seconds(12), Seconds(24)}) {
          if (refusal && refusal->by != "room") break;
          refusal = HoldUp(stage, world, longer);
        }
        return refusal;
      }};
}

}  // namespace cloister::demo

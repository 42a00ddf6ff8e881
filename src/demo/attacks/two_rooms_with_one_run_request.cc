#include "demo/attack.h"

namespace cloister::demo {

Attack TwoRoomsWithOneRunRequest() {
  return {.name = "two-rooms-with-one-run-request",
          .what = "While a room works, a second certified room asks for the same run's keys.",
          .refused_by = "broker of hospital-a",
          .reason = "replayed: ",
          .play = [](Stage& stage) -> Result<Refusal> {
            World& world = *TRY(stage.Shared());
            stage.AllowRuns(1);
            const RoomInputs inputs = TRY(world.RequestRun());
            FalseRoom second(world, inputs);
            std::optional<Result<void>> reserved;
            world.WatchStates([&](const std::string& state) {
              if (state == "release") reserved = AttestAndReserve(second, "hospital-a");
            });
            const RoomRun first = TRY(stage.Launch(world, inputs));
            if (!first.Done()) return Error(ErrorCode::kRefused, "expected the first room to succeed: " + first.reason);
            if (!reserved) return Error(ErrorCode::kRefused, "expected the first room to come to its state release");
            return RefusalOfBroker("hospital-a", *reserved);
          }};
}

}  // namespace cloister::demo

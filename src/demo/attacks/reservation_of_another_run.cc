#include "demo/attack.h"

namespace cloister::demo {

Attack ReservationOfAnotherRun() {
  return {
      .name = "reservation-of-another-run",
      .what = "A room shows the reservations of another run to get a key without paying for it.",
      .refused_by = "broker of hospital-a",
      .reason = "expected this run request",
      .play = [](Stage& stage) -> Result<Refusal> {
        World& world = *TRY(stage.Shared());
        FalseRoom paid(world, TRY(world.RequestRun(Seconds(8))));
        auto reservations = TRY(paid.ReserveAll());
        FalseRoom thief(world, TRY(world.RequestRun(Seconds(8))));
        const contract::Dataset& dataset = world.contract().datasets[0];
        reservations[0] = TRY(thief.Reserve(dataset));
        const auto key = TRY(thief.SessionOf(dataset))->Release(dataset, reservations);
        TRY(WaitForLapse(world));
        return RefusalOfBroker("hospital-a", key);
      }};
}

}  // namespace cloister::demo

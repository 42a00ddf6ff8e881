#include "demo/attack.h"

namespace cloister::demo {

Attack RunRequestOfAnotherParty() {
  return {
      .name = "run-request-of-another-party",
      .what = "The operator orders a run itself: the run request is signed by its own key.",
      .refused_by = "room",
      .reason = "run request: signed run-request+json: none of the expected keys signed it",
      .play = [](Stage& stage) -> Result<Refusal> {
        World& world = *TRY(stage.Shared());
        RoomInputs inputs = TRY(world.RequestRun());
        const Actor& operator_of_rooms = world.actor("operator");
        TRY(ReplaceRunRequest(inputs, [](contract::RunRequest&) {}, *operator_of_rooms.identity, operator_of_rooms.card.did));
        return stage.LaunchRefused(world, inputs);
      }};
}

}  // namespace cloister::demo

#include "demo/attack.h"

#include "base/file.h"

namespace cloister::demo {

Attack AnotherRoomBinary() {
  return {.name = "another-room-binary",
          .what = "The operator launches a room program that differs in one byte.",
          .refused_by = "broker of hospital-a",
          .reason = "expected a room that is certified",
          .play = [](Stage& stage) -> Result<Refusal> {
            World& world = *TRY(stage.Shared());
            const std::filesystem::path other = world.config().folder / "cloister-room";
            Bytes program = TRY(ReadFile(world.room_program(), kMaxProgram));
            program.push_back(0);
            TRY(WriteProgram(other, program));
            world.ReplaceRoom(other);
            return stage.LaunchRefused(world, TRY(world.RequestRun()));
          }};
}

}  // namespace cloister::demo

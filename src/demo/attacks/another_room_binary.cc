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
            const std::filesystem::path other = world.config().folder / "bin" / "cloister-room";
            // It finds the libraries of its own where the certified one does: in ../lib beside it.
            std::error_code error;
            std::filesystem::create_directories(other.parent_path(), error);
            std::filesystem::create_directory_symlink(
                std::filesystem::absolute(world.room_program()).parent_path().parent_path() / "lib",
                world.config().folder / "lib", error);
            if (error) return Error(ErrorCode::kIo, "folder of the changed room: " + error.message());
            Bytes program = TRY(ReadFile(world.room_program(), kMaxProgram));
            program.push_back(0);
            TRY(WriteProgram(other, program));
            world.ReplaceRoom(other);
            return stage.LaunchRefused(world, TRY(world.RequestRun()));
          }};
}

}  // namespace cloister::demo

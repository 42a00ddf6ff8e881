#include "demo/attack.h"

#include "base/file.h"

namespace cloister::demo {

namespace {

// The file of a library that this process has loaded, and the room with it.
Result<std::filesystem::path> LoadedLibrary(std::string_view name) {
  const std::string maps = TRY(ReadTextFile("/proc/self/maps", kMaxProgram));
  const std::size_t at = maps.find("/" + std::string(name));
  if (at == std::string::npos)
    return Error(ErrorCode::kNotFound, "expected this process to have loaded " + std::string(name));
  const std::size_t begin = maps.rfind(' ', at) + 1;
  return std::filesystem::path(maps.substr(begin, maps.find('\n', at) - begin));
}

}  // namespace

Attack AnotherLibrary() {
  return {.name = "another-library",
          .what = "The operator launches the certified room with a changed copy of a library that it loads.",
          .refused_by = "broker of hospital-a",
          .reason = "expected a room that is certified",
          .play = [](Stage& stage) -> Result<Refusal> {
            World& world = *TRY(stage.Shared());
            // The guest has only what was measured and no environment of the host's, so the way to slip a library in is
            // to launch it in.
            const std::filesystem::path library = std::filesystem::absolute(world.config().folder) / "libm.so.6";
            Bytes code = TRY(ReadFile(TRY(LoadedLibrary("libm.so")), kMaxProgram));
            code.push_back(0);
            TRY(WriteProgram(library, code));
            RoomInputs inputs = TRY(world.RequestRun());
            inputs.simulator_options = {"--file", library.string(), "--env", "LD_PRELOAD=" + library.string()};
            return stage.LaunchRefused(world, inputs);
          }};
}

}  // namespace cloister::demo

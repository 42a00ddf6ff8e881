#include "base/file.h"
#include "demo/attack.h"

namespace cloister::demo {

Attack FlippedOutput() {
  return {
      .name = "flipped-output",
      .what = "The operator flips one bit of the sealed model.",
      .refused_by = "researcher",
      .reason = "output: expected a file that an attested room reported",
      .play = [](Stage& stage) -> Result<Refusal> {
        const RoomRun run = TRY(stage.HonestRun(0)).run;
        const auto file = stage.NewFile("model.safetensors.age");
        TRY(WriteFile(file, TRY(ReadFile(run.out / "model.safetensors.age", 64u << 20)), FileMode::kPublic));
        TRY(FlipByte(file, 1000));
        return stage.OpeningRefused(file, run.out / "proof.json");
      }};
}

}  // namespace cloister::demo

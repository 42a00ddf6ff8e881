#include "demo/attack.h"

namespace cloister::demo {

Attack ProofOfAnotherRun() {
  return {
      .name = "proof-of-another-run",
      .what = "The operator hands over a genuine model with the proof of another run.",
      .refused_by = "researcher",
      .reason = "output: expected a file that an attested room reported",
      .play = [](Stage& stage) -> Result<Refusal> {
        const RoomRun run = TRY(stage.HonestRun(0)).run;
        const RoomRun other = TRY(stage.HonestRun(1)).run;
        return stage.OpeningRefused(run.out / "model.safetensors.age", other.out / "proof.json");
      }};
}

}  // namespace cloister::demo

#include "base/file.h"
#include "demo/attack.h"
#include "sealed/age_file.h"

namespace cloister::demo {

Attack FakeModel() {
  return {
      .name = "fake-model",
      .what = "Somebody seals a model of its own making to the researcher and lays it beside a genuine proof.",
      .refused_by = "researcher",
      .reason = "output: expected a file that an attested room reported",
      .play = [](Stage& stage) -> Result<Refusal> {
        const RoomRun run = TRY(stage.HonestRun(0)).run;
        const auto recipient = TRY(sealed::Recipient::FromText(TRY(stage.Shared())->contract().outputs.at(0).recipient));
        const Bytes fake = TRY(sealed::Seal(std::span(&recipient, 1), AsBytes("a fake model"), crypto::SystemRandom()));
        const auto file = stage.NewFile("model.safetensors.age");
        TRY(WriteFile(file, fake, FileMode::kPublic));
        return stage.OpeningRefused(file, run.out / "proof.json");
      }};
}

}  // namespace cloister::demo

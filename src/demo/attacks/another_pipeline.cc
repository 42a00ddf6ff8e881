#include "demo/attack.h"

#include "base/file.h"
#include "sealed/age_file.h"

namespace cloister::demo {

Attack AnotherPipeline() {
  return {.name = "another-pipeline",
          .what = "The operator gives the room a pipeline of its own, which reads a hospital's rows.",
          .refused_by = "room",
          .reason = "dataset pipeline: expected the sealed file that the contract names",
          .play = [](Stage& stage) -> Result<Refusal> {
            World& world = *TRY(stage.Shared());
            const RoomInputs inputs = TRY(world.RequestRun());
            const auto recipient = sealed::Identity::Generate(crypto::SystemRandom()).recipient();
            const Bytes file = TRY(sealed::Seal(
                std::span(&recipient, 1), AsBytes("{\"sql\":\"SELECT * FROM hospital_a\"}"), crypto::SystemRandom()));
            TRY(WriteFile(inputs.data / "pipeline.json.age", file, FileMode::kPublic));
            return stage.LaunchRefused(world, inputs);
          }};
}

}  // namespace cloister::demo

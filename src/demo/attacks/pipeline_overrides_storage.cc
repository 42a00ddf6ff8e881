#include "demo/attack.h"

namespace cloister::demo {

Attack PipelineOverridesStorage() {
  return {
      .name = "pipeline-overrides-storage",
      .what = "The researcher's pipeline carries settings of the room, to be merged over what was checked (DEPA's jq merge).",
      .refused_by = "room",
      .reason = "state release: pipeline: unknown member \"azure_filesystems\"",
      .play = [](Stage& stage) -> Result<Refusal> {
        return stage.RunRefusedUnder({.pipeline = [](formats::Json& pipeline) {
          pipeline.Set("azure_filesystems", formats::Json::Array{formats::Json::Object{{"mount_point", "/mnt/remote/output"}, {"read_write", true}}});
        }});
      }};
}

}  // namespace cloister::demo

#include "demo/attack.h"

namespace cloister::demo {

Attack PipelineNamesItsOutput() {
  return {
      .name = "pipeline-names-its-output",
      .what = "The researcher's pipeline says where its results go (DEPA let a join be written to the consumer's own volume).",
      .refused_by = "room",
      .reason = "state release: pipeline: unknown member \"output\"",
      .play = [](Stage& stage) -> Result<Refusal> {
        return stage.RunRefusedUnder({.pipeline = [](formats::Json& pipeline) {
          pipeline.Set("output", formats::Json::Object{{"path", "/out/joined.csv"}, {"kind", "rows"}});
        }});
      }};
}

}  // namespace cloister::demo

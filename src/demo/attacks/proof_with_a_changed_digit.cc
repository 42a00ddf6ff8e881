#include <algorithm>

#include "base/file.h"
#include "contract/proof.h"
#include "demo/attack.h"

namespace cloister::demo {

Attack ProofWithAChangedDigit() {
  return {
      .name = "proof-with-a-changed-digit",
      .what = "The operator changes one digit of the run report in a genuine proof.",
      .refused_by = "researcher",
      .reason = "run report",
      .play = [](Stage& stage) -> Result<Refusal> {
        const RoomRun run = TRY(stage.HonestRun(0)).run;
        const auto json = TRY(formats::Json::Parse(TRY(ReadTextFile(run.out / "proof.json", 4u << 20)), {.max_bytes = 4u << 20}));
        contract::Proof proof = TRY(contract::Proof::FromJson(json));
        const std::string_view epsilon = "\"epsilon\":";
        const auto at = std::search(proof.report.begin(), proof.report.end(), epsilon.begin(), epsilon.end());
        if (at == proof.report.end()) return Error(ErrorCode::kNotFound, "expected an epsilon in the run report");
        *(at + static_cast<std::ptrdiff_t>(epsilon.size())) ^= 1;
        const auto file = stage.NewFile("proof.json");
        TRY(WriteFile(file, AsBytes(proof.ToJson().Dump()), FileMode::kPublic));
        return stage.OpeningRefused(run.out / "model.safetensors.age", file);
      }};
}

}  // namespace cloister::demo

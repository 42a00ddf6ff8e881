#include "base/file.h"
#include "demo/attack.h"

namespace cloister::demo {

Attack ChangedSpend() {
  return {
      .name = "changed-spend",
      .what = "The operator changes a digit of what the researcher's run request may spend.",
      .refused_by = "room",
      .reason = "run request: signed run-request+json: ",
      .play = [](Stage& stage) -> Result<Refusal> {
        World& world = *TRY(stage.Shared());
        RoomInputs inputs = TRY(world.RequestRun());
        const std::filesystem::path file = inputs.data / "run-request.cose";
        std::string request(AsText(TRY(ReadFile(file, 1u << 20))));
        constexpr std::string_view kMember = "\"epsilon\":";
        const std::size_t digit = request.find_first_of("123456789", request.find(kMember));
        if (digit == std::string::npos) return Error(ErrorCode::kMalformed, "run request: expected an epsilon in it");
        request[digit] = request[digit] == '9' ? '8' : '9';
        TRY(WriteFile(file, AsBytes(request), FileMode::kPublic));
        inputs.init_data.run_request = crypto::Sha256(AsBytes(request));
        return stage.LaunchRefused(world, inputs);
      }};
}

}  // namespace cloister::demo

#include "demo/attack.h"

namespace cloister::demo {

Attack BrokerRestoredFromBackup() {
  return {
      .name = "broker-restored-from-backup",
      .what = "A hospital's broker is put back from a backup, so that it forgets what was spent.",
      .refused_by = "broker of hospital-a",
      .reason = "older copy",
      .play = [](Stage& stage) -> Result<Refusal> {
        World& world = *TRY(stage.Shared());
        stage.AllowRuns(1);
        stage.PutBack("hospital-a");
        Actor& owner = world.actor("hospital-a");
        const std::filesystem::path store = owner.folder / "broker";
        const std::filesystem::path backups = world.config().folder / "backups";
        TRY(Stop(owner));
        TRY(CopyFolder(store, backups / "older"));
        TRY(world.StartBroker(owner));
        TRY(stage.Honest(world));
        TRY(Stop(owner));
        TRY(CopyFolder(store, backups / "newest"));
        TRY(CopyFolder(backups / "older", store));
        const auto started = world.StartBroker(owner);
        TRY(Stop(owner));
        TRY(CopyFolder(backups / "newest", store));
        TRY(world.StartBroker(owner));
        if (started) return Error(ErrorCode::kRefused, "expected the broker not to start with an older copy of its store, and it did");
        // The last thing that it said.
        const std::string said = started.error().message();
        const std::size_t at = said.find("cloister-broker: ");
        return Refusal{"broker of hospital-a", said.substr(at == std::string::npos ? 0 : at)};
      }};
}

}  // namespace cloister::demo

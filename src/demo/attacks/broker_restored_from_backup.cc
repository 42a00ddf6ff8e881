#include "demo/attack.h"

namespace cloister::demo {
namespace {

// The last thing that a broker said which did not start.
Result<Refusal> Said(const Error& error) {
  const std::size_t at = error.message().find("cloister-broker: ");
  return Refusal{"broker of hospital-a", error.message().substr(at == std::string::npos ? 0 : at)};
}

}  // namespace

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
        // A copy from before the account was first used starts, since it has nothing to compare: and reserves nothing.
        auto refusal = started ? stage.LaunchRefused(world, TRY(world.RequestRun())) : Said(started.error());
        TRY(Stop(owner));
        TRY(CopyFolder(backups / "newest", store));
        TRY(world.StartBroker(owner));
        return refusal;
      }};
}

}  // namespace cloister::demo

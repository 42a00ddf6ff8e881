#include <csignal>

#include "demo/attack.h"

namespace cloister::demo {

namespace {
constexpr std::chrono::seconds kPatience(10);
}

Attack BrokerAndLedgerRestored() {
  return {
      .name = "broker-and-ledger-restored",
      .what = "The ledger and a hospital's broker are put back from backups of the same hour: between them all fits.",
      .refused_by = "broker of hospital-b",
      .reason = "two histories",
      .play = [](Stage& stage) -> Result<Refusal> {
        World& world = *TRY(stage.Shared());
        stage.AllowRuns(1);
        stage.PutBack("hospital-a");
        Actor& owner = world.actor("hospital-a");
        const std::filesystem::path store = owner.folder / "broker";
        const std::filesystem::path log = world.config().folder / "ledger";
        const std::filesystem::path backups = world.config().folder / "backups-of-both";
        const auto stop = [&]() -> Result<void> {
          TRY(Stop(owner));
          world.ledger_process().Kill(SIGTERM);
          TRY(world.ledger_process().Wait(kPatience));
          return {};
        };
        const auto save = [&](const std::string& name) -> Result<void> {
          TRY(CopyFolder(store, backups / name / "store"));
          return CopyFolder(log, backups / name / "log");
        };
        const auto start_with = [&](const std::string& name) -> Result<void> {
          TRY(CopyFolder(backups / name / "store", store));
          TRY(CopyFolder(backups / name / "log", log));
          TRY(world.StartLedger());
          return world.StartBroker(owner);
        };
        TRY(stop());
        TRY(save("older"));
        TRY(start_with("older"));
        TRY(stage.Honest(world));
        TRY(stop());
        TRY(save("newest"));
        TRY(start_with("older"));
        auto refusal = stage.LaunchRefused(world, TRY(world.RequestRun()));
        TRY(stop());
        TRY(start_with("newest"));
        return refusal;
      }};
}

}  // namespace cloister::demo

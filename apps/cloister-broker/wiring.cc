#include "wiring.h"

#include <ostream>

#include "base/file.h"
#include "commands/party.h"
#include "service/broker_service.h"

namespace cloister {
namespace {

Result<formats::Json> ReadJson(const std::filesystem::path& path) {
  return TRY_WITH(path.string(), formats::Json::Parse(TRY(ReadTextFile(path, 1u << 20))));
}

Result<service::BrokerSettings> ReadSettings(const std::filesystem::path& folder) {
  const std::filesystem::path path = folder / "broker.json";
  if (!std::filesystem::exists(path)) return service::BrokerSettings{};
  return TRY_WITH(path.string(), service::BrokerSettings::FromJson(TRY(ReadJson(path)), folder));
}

Result<void> Run(const Options& options, std::ostream& out) {
  const SystemClock clock;
  const telemetry::Logger logger(std::make_shared<telemetry::DescriptorSink>(2), clock, telemetry::Level::kInfo, "broker");
  const std::filesystem::path folder = std::filesystem::path(options.party) / "broker";
  const auto card = TRY(commands::LoadPartyCard(options.party));
  service::BrokerServiceConfig config;
  config.folder = folder;
  config.owner = {card.did, card.keys, {}};
  config.ledger = TRY_WITH(options.ledger, service::LedgerCard::FromJson(TRY(ReadJson(options.ledger))));
  config.settings = TRY(ReadSettings(folder));
  config.listen = TRY(service::Listen::Parse(options.listen));
  for (const contract::Digest& root : config.settings.accept_simulated) {
    logger.Warning("SIMULATED root accepted by the owner's settings", {{"sha256", ToHex(root)}});
  }
  const auto broker = TRY(service::BrokerService::Start(std::move(config), clock, logger));
  out << "ready " << broker->url() << std::endl;
  service::WaitForStop(std::chrono::seconds(10), [&] { broker->Tend(); });
  broker->Stop();
  return {};
}

}  // namespace

int Serve(const Options& options, std::ostream& out, std::ostream& err) {
  service::RefuseCoreDumps();
  service::BlockStopSignals();
  const auto done = Run(options, out);
  if (done) return 0;
  err << "cloister-broker: " << done.error().message() << "\n";
  return done.error().code() == ErrorCode::kUsage ? 2 : 3;
}

}  // namespace cloister

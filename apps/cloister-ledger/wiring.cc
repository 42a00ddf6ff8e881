#include "wiring.h"

#include <ostream>

#include "base/file.h"
#include "net/client.h"
#include "service/ledger_service.h"

namespace cloister {
namespace {

Result<void> Run(const Options& options, std::ostream& out) {
  const SystemClock clock;
  const telemetry::Logger logger(std::make_shared<telemetry::DescriptorSink>(2), clock, telemetry::Level::kInfo, "ledger");
  const auto listen = TRY(service::Listen::Parse(options.listen));
  if (!options.url.empty() && !net::Origin::Parse(options.url)) {
    return Error(ErrorCode::kUsage, "--url: expected https://HOST:PORT, got " + options.url);
  }
  const auto ledger = TRY(service::LedgerService::Start({options.folder, options.origin, listen}, clock, logger));
  if (!options.card.empty()) {
    service::LedgerCard card = ledger->card();
    if (!options.url.empty()) card.url = options.url;
    TRY(WriteFile(options.card, AsBytes(card.ToJson().Pretty()), FileMode::kPublic));
  }
  out << "ready " << ledger->card().url << std::endl;
  service::WaitForStop(std::chrono::seconds(60), [&] { ledger->Tend(); });
  ledger->Stop();
  return {};
}

}  // namespace

int Serve(const Options& options, std::ostream& out, std::ostream& err) {
  service::RefuseCoreDumps();
  service::BlockStopSignals();
  const auto done = Run(options, out);
  if (done) return 0;
  err << "cloister-ledger: " << done.error().message() << "\n";
  return done.error().code() == ErrorCode::kUsage ? 2 : 3;
}

}  // namespace cloister

#include "service/ledger_service.h"

#include "ledger/ledger.h"
#include "service/ledger_routes.h"
#include "store/sqlite_store.h"

namespace cloister::service {
namespace {

Result<ledger::LedgerKeys> LoadKeys(const LedgerServiceConfig& config) {
  using crypto::SignatureAlgorithm;
  return ledger::LedgerKeys::Create(config.origin,
                                    TRY(LoadOrMakeKey(config.folder / "receipt.pem", SignatureAlgorithm::kEs256)),
                                    TRY(LoadOrMakeKey(config.folder / "log.pem", SignatureAlgorithm::kEdDsa)),
                                    TRY(LoadOrMakeKey(config.folder / "cosigner.pem", SignatureAlgorithm::kEdDsa)));
}

}  // namespace

LedgerService::~LedgerService() = default;

Result<std::unique_ptr<LedgerService>> LedgerService::Start(const LedgerServiceConfig& config, const Clock& clock,
                                                            telemetry::Logger logger) {
  std::error_code error;
  std::filesystem::create_directories(config.folder, error);
  if (error) return Error(ErrorCode::kIo, config.folder.string() + ": cannot make the folder: " + error.message());
  std::filesystem::permissions(config.folder, std::filesystem::perms::owner_all, error);
  std::unique_ptr<LedgerService> service(new LedgerService());
  auto store = TRY(store::SqliteStore::Open(config.folder / "ledger.sqlite"));
  auto keeper = std::make_unique<translog::FileHeadKeeper>(config.folder / "head");
  auto keys = TRY(LoadKeys(config));
  auto audit = TRY(audit::AuditLog::Open(TRY(audit::FileAuditSink::Open(config.folder / "audit.jsonl")), config.origin,
                                         TRY(LoadOrMakeKey(config.folder / "receipt.pem", crypto::SignatureAlgorithm::kEs256)),
                                         std::nullopt));
  service->ledger_ = TRY(ledger::Ledger::Open({std::move(store), std::move(keeper), std::move(keys), std::move(audit), clock}));
  TlsFiles tls = TRY(LoadOrMakeTls(config.folder, {"127.0.0.1", "localhost"}, clock.Now()));
  net::Router router(service->metrics_);
  AddLedgerRoutes(router, *service->ledger_);
  AddOperationsRoutes(router, service->metrics_, [] { return true; });
  net::ServerConfig server;
  server.address = config.listen.address;
  server.port = config.listen.port;
  server.identity = std::move(tls.identity);
  service->server_ = TRY(net::Server::Start(std::move(server), std::move(router), logger.For("http"), &service->metrics_));
  service->card_ = {service->server_->url(), service->ledger_->trust().ToTerms({tls.spki}, config.max_checkpoint_age)};
  return service;
}

void LedgerService::Tend() {
  // What cannot be written now is written with the next refusal.
  (void)ledger_->Tend();
}

void LedgerService::Stop() { server_->Stop(std::chrono::seconds(5)); }

}  // namespace cloister::service

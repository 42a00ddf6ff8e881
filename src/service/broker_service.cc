#include "service/broker_service.h"

#include "base/file.h"
#include "service/broker_routes.h"
#include "service/collateral_files.h"
#include "service/http_ledger_client.h"
#include "service/ledger_routes.h"
#include "store/sealed_store.h"
#include "store/sqlite_store.h"

namespace cloister::service {
namespace {

using formats::Json;

constexpr std::size_t kMaxFile = 1u << 20;

Result<evidence::TrustAnchors> LoadAnchors(const BrokerSettings& settings) {
  if (!settings.simulated_anchors) return evidence::TrustAnchors::Vendors();
  const auto simulated = TRY(evidence::SimulatedAnchors::Load(*settings.simulated_anchors));
  return evidence::TrustAnchors::VendorsAndSimulated(simulated, settings.accept_simulated);
}

Result<broker::Privacy> ReadLimit(const Json& json) {
  TRY(json.RefuseUnknownMembers({"epsilon", "delta"}));
  const double epsilon = TRY(json.GetNumber("epsilon"));
  const double delta = TRY(json.GetNumber("delta"));
  const broker::Privacy limit{epsilon, delta};
  if (limit.epsilon >= 0 && limit.epsilon <= 1e6 && limit.delta >= 0 && limit.delta <= 1) return limit;
  return Error(ErrorCode::kMalformed, "expected epsilon from 0 to 1e6 and delta from 0 to 1");
}

Result<broker::AdminAccess> LoadAdmin(const std::filesystem::path& folder) {
  const std::string pem = TRY(ReadTextFile(folder / "admin.pub", kMaxFile));
  const auto key = TRY_WITH((folder / "admin.pub").string(), crypto::VerifyingKey::FromSpkiPem(pem));
  const broker::AdminIssuer owner{std::nullopt, std::nullopt, {{"", key}}};
  return broker::AdminAccess::Create({owner},
                                     {{"admin", {"GET", "POST", "DELETE"}, "^/kbs/v0/.*$"}});
}

// A broker that does not start, such as over an older copy of its store, says why in its log too.
Error StartRefused(audit::AuditLog& log, const Error& why, Time now) {
  const Json fields = Json::Object{{"code", ErrorCodeName(why.code())}, {"why", why.message()}};
  const auto written = log.Append("start.refused", fields, now);
  return written ? why : written.error();
}

}  // namespace

Result<BrokerSettings> BrokerSettings::FromJson(const Json& json, const std::filesystem::path& folder) {
  TRY(json.RefuseUnknownMembers({"simulated_anchors", "accept_simulated", "collateral", "accounts"}));
  BrokerSettings settings;
  if (const auto anchors = TRY(json.FindString("simulated_anchors"))) settings.simulated_anchors = folder / *anchors;
  if (json.Find("accept_simulated") != nullptr) {
    for (const std::string& hex : TRY(json.GetStrings("accept_simulated"))) {
      settings.accept_simulated.push_back(TRY_WITH("accept_simulated", contract::DigestFromHex(hex)));
    }
  }
  if (!settings.accept_simulated.empty() && !settings.simulated_anchors) {
    return Error(ErrorCode::kUsage, "accept_simulated: expected simulated_anchors beside it, which hold those roots, got none");
  }
  if (json.Find("collateral") != nullptr) {
    for (const std::string& path : TRY(json.GetStrings("collateral"))) settings.collateral.push_back(folder / path);
  }
  if (json.Find("accounts") != nullptr) {
    for (const auto& [name, limit] : *TRY(TRY(json.GetObject("accounts"))->AsObject())) {
      settings.accounts[name] = TRY_WITH("accounts: " + name, ReadLimit(limit));
    }
  }
  return settings;
}

// In the order in which they need each other; destroyed in reverse.
struct BrokerService::State {
  telemetry::Logger logger;
  telemetry::Registry metrics;
  std::unique_ptr<store::Store> store;
  std::unique_ptr<HttpLedgerClient> ledger;
  std::unique_ptr<audit::AuditLog> audit;
  std::optional<broker::AdminAccess> admin;
  std::unique_ptr<broker::Broker> broker;
  std::unique_ptr<net::Server> server;
};

BrokerService::BrokerService(std::unique_ptr<State> state) : state_(std::move(state)) {}
BrokerService::~BrokerService() = default;

Result<std::unique_ptr<BrokerService>> BrokerService::Start(BrokerServiceConfig config, const Clock& clock,
                                                            telemetry::Logger logger) {
  const std::filesystem::path& folder = config.folder;
  auto state = std::make_unique<State>();
  state->logger = logger.For("broker");
  const auto key_file = [&] { return LoadOrMakeKey(folder / "key.pem", crypto::SignatureAlgorithm::kEs256); };
  const SecretBytes root = TRY(ReadSecretFile(folder / "root.key", 32));
  state->store = TRY(store::SealedStore::Open(TRY(store::SqliteStore::Open(folder / "store.sqlite")), root,
                                              crypto::SystemRandom()));
  if (config.ledger.terms.tls.empty()) return Error(ErrorCode::kUsage, "ledger card: expected a TLS key, got none");
  state->ledger = TRY(HttpLedgerClient::Create(config.ledger.url, config.ledger.terms.tls[0], std::nullopt));
  state->audit = TRY(audit::AuditLog::Open(TRY(audit::FileAuditSink::Open(folder / "audit.jsonl")), config.owner.did,
                                           TRY(key_file()), std::nullopt));
  state->admin.emplace(TRY(LoadAdmin(folder)));
  TlsFiles tls = TRY(LoadOrMakeTls(folder, {"127.0.0.1", "localhost"}, clock.Now()));
  config.owner.tls_keys = {tls.spki};
  evidence::EvidenceCollateral collateral = TRY(ReadCollateral(config.settings.collateral));
  auto key = TRY(key_file());
  auto token_key = TRY(LoadOrMakeKey(folder / "token.pem", crypto::SignatureAlgorithm::kEs256));
  auto ledger_trust = TRY(ledger::LedgerTrust::FromTerms(config.ledger.terms));
  auto anchors = TRY(LoadAnchors(config.settings));
  broker::BrokerParts parts{.owner = std::move(config.owner),
                            .key = std::move(key),
                            .store = *state->store,
                            .ledger = *state->ledger,
                            .ledger_trust = std::move(ledger_trust),
                            .ledger_max_age = config.ledger.terms.max_checkpoint_age,
                            .anchors = std::move(anchors),
                            .collateral = std::move(collateral),
                            .token_key = std::move(token_key),
                            .token_keys = {},
                            .audit = *state->audit,
                            .clock = clock,
                            .random = crypto::SystemRandom(),
                            .sessions = {},
                            .accounts = std::move(config.settings.accounts)};
  auto opened = broker::Broker::Open(std::move(parts));
  if (!opened) return StartRefused(*state->audit, opened.error(), clock.Now());
  state->broker = *std::move(opened);
  net::Router router(state->metrics);
  AddBrokerRoutes(router, {*state->broker, *state->admin, clock, tls.spki});
  AddOperationsRoutes(router, state->metrics, [] { return true; });
  net::ServerConfig server;
  server.address = config.listen.address;
  server.port = config.listen.port;
  server.identity = std::move(tls.identity);
  server.exporter_label = std::string(contract::kExporterLabel);
  state->server = TRY(net::Server::Start(std::move(server), std::move(router), logger.For("http"), &state->metrics));
  return std::unique_ptr<BrokerService>(new BrokerService(std::move(state)));
}

std::string BrokerService::url() const { return state_->server->url(); }

void BrokerService::Tend() {
  // What cannot be done now is done at the next call or the next reservation. That the ledger does not answer passes.
  const auto tended = state_->broker->Tend();
  if (tended || tended.error().code() == ErrorCode::kUnavailable) return;
  state_->logger.Error("accounts cannot be tended", {{"why", tended.error().message()}});
}

void BrokerService::Stop() { state_->server->Stop(std::chrono::seconds(5)); }

}  // namespace cloister::service

#include "room_world.h"

#include "base/file.h"
#include "contract/broker_calls.h"

namespace cloister::clean_room {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kPeople = 120;
constexpr std::string_view kSql =
    "SELECT loans.person AS person, loans.amount AS amount, scores.score AS score, loans.label AS label "
    "FROM loans JOIN scores ON loans.person = scores.person";
constexpr std::string_view kPlan = R"({
  "type": "training-plan/v1", "model": {"hidden": [], "classes": 2, "loss": "sigmoid"}, "steps": 5,
  "expected_batch": "all", "clip": 0.25, "learning_rate": 4, "schedule": "constant", "momentum": 0.5,
  "averaging": 0.5, "bias_input": 0.25, "centre": 0.3, "validation": {"loss": false, "loss_bound": 4}})";

std::string Table(std::string_view column) {
  std::string csv = "person," + std::string(column) + ",label\n";
  for (std::size_t i = 0; i < kPeople; ++i) {
    csv += "P" + std::to_string(i + 1) + "," + std::to_string(i % 10) + ".5," + (i % 10 < 5 ? "0" : "1") + "\n";
  }
  return csv;
}

// One connection to one broker, without a network.
class Connection final : public room::BrokerConnection {
 public:
  Connection(RoomWorld& world, std::size_t number) : world_(world), number_(number) {
    crypto::SystemRandom().Fill(exporter_);
    tls_ = {exporter_, peer_key_};
  }
  const contract::Digest& peer_key() const override { return peer_key_; }
  const std::array<std::uint8_t, contract::kExporterSize>& exporter() const override { return exporter_; }
  Result<Json> Post(std::string_view path, const Json& body) override {
    path.remove_prefix(std::string_view("/kbs/v0/").size());
    auto answer = Ask(path, body);
    return world_.broker_says ? world_.broker_says(path, number_, std::move(answer)) : answer;
  }

 private:
  Result<Json> Ask(std::string_view path, const Json& body) {
    broker::Broker& broker = *world_.providers[number_].broker;
    if (path == "auth") {
      auto authed = TRY(broker.Auth(body));
      session_ = authed.session;
      return authed.challenge;
    }
    if (path == "attest") {
      TRY(broker.Attest(session_, body, tls_));
      return Json(Json::Object{});
    }
    if (path == "cloister/reserve") return broker.Reserve(session_, body, tls_);
    if (path == "cloister/release") return Json::Parse(TRY(broker.Release(session_, body, tls_)));
    return broker.Report(session_, body, tls_);
  }

  RoomWorld& world_;
  std::size_t number_;
  contract::Digest peer_key_ = Sample::Fill(world_.providers[number_].number);
  broker::Exporter exporter_{};
  broker::Connection tls_;
  std::string session_;
};

class Dialer final : public room::BrokerDialer {
 public:
  explicit Dialer(RoomWorld& world) : world_(world) {}
  Result<std::unique_ptr<room::BrokerConnection>> Dial(const contract::InitData::Broker& broker) override {
    for (std::size_t i = 0; i < 3; ++i) {
      if (world_.providers[i].did == broker.party) return std::unique_ptr<room::BrokerConnection>(new Connection(world_, i));
    }
    return Error(ErrorCode::kUnavailable, "nobody answers there");
  }

 private:
  RoomWorld& world_;
};

class Hardware final : public attester::Attester {
 public:
  explicit Hardware(const evidence::SimulatedSnpGuest& guest) : guest_(guest) {}
  Result<attester::CollectedEvidence> Collect(const attester::ReportData& report_data) override {
    return attester::CollectedEvidence{
        "snp", {broker::Processor().Sign(broker::Processor().Report(guest_, report_data, 0)), broker::Processor().Certificates()}};
  }

 private:
  evidence::SimulatedSnpGuest guest_;
};

class Watcher final : public room::Progress {
 public:
  explicit Watcher(RoomWorld& world) : world_(world) {}
  void Entered(State state) override {
    world_.states.push_back(state);
    if (world_.on_state) world_.on_state(state);
  }

 private:
  RoomWorld& world_;
};

class StandingPace final : public room::Pace {
 public:
  explicit StandingPace(std::chrono::milliseconds& now) : now_(now) {}
  std::chrono::milliseconds Now() override { return now_; }
  void WaitUntil(std::chrono::milliseconds time) override { now_ = time; }

 private:
  std::chrono::milliseconds& now_;
};

void Write(const fs::path& file, ByteSpan content) { CHECK(WriteFile(file, content, FileMode::kPublic)); }

}  // namespace

RoomWorld::RoomWorld() {
  guest.measurement.fill(0x66);
  the_ledger = *ledger::Ledger::Open({std::make_unique<store::MemoryStore>(), std::make_unique<broker::MemoryKeeper>(),
                                      broker::MakeLedgerKeys(), broker::MakeLedgerAudit(), clock});
  client = std::make_unique<FaultyClient>(*the_ledger);
  ledger = std::make_unique<ChangedLedger>(*client);
  contract.compute.roots = {broker::Processor().ark.Fingerprint()};
  contract.ledger = the_ledger->trust().ToTerms({Sample::Fill(0xEE)}, Seconds(600));
  contract.datasets[0].schema->rows = contract.datasets[1].schema->rows = kPeople;
  pipeline = {std::string(kSql), "label", "person", 0.1, *Json::Parse(kPlan)};
  for (Provider& provider : providers) OpenBroker(provider);
}

void RoomWorld::OpenBroker(Provider& provider) {
  const contract::Digest named[] = {broker::Processor().ark.Fingerprint()};
  const auto identity = static_cast<std::uint8_t>(provider.number - 100);
  provider.audit = *audit::AuditLog::Open(std::make_unique<audit::MemoryAuditSink>(), provider.did, TestKey(90), std::nullopt);
  provider.broker = *broker::Broker::Open(
      {.owner = {provider.did, {contract::NamedKey::Of(TestKey(identity).Public())}, {Sample::Fill(provider.number)}},
       .key = TestKey(provider.number),
       .store = *provider.store,
       .ledger = *client,
       .ledger_trust = the_ledger->trust(),
       .ledger_max_age = Seconds(300),
       .anchors = *evidence::TrustAnchors::VendorsAndSimulated(broker::Processor().Anchors(), named),
       .collateral = {},
       .token_key = TestKey(91),
       .token_keys = {},
       .audit = *provider.audit,
       .clock = clock,
       .random = crypto::SystemRandom(),
       .sessions = {}});
}

void RoomWorld::SealAll() {
  const std::string text = pipeline_text ? *pipeline_text : *pipeline.ToJson().Canonical();
  contract.pipeline.sha256 = crypto::Sha256(AsBytes(text));
  const std::string plain[] = {loans ? *loans : Table("amount"), Table("score"), text};
  fs::create_directories(data / "signatures");
  fs::create_directories(data / "receipts");
  for (std::size_t i = 0; i < 3; ++i) {
    const sealed::Recipient recipient = keys[i].recipient();
    const Bytes file = *sealed::Seal(std::span(&recipient, 1), AsBytes(plain[i]), crypto::SystemRandom());
    records.push_back(*sealed::Describe(file));
    contract::Dataset& dataset = contract.datasets[i];
    dataset.integrity = {records[i].file.sha256, records[i].file.size, records[i].header_sha256};
    Write(data / dataset.FileName(), file);
  }
}

void RoomWorld::Agree() {
  agreed_ = true;
  SealAll();
  const std::vector<Bytes> signatures = Sample::SignByAll(contract, clock.Now());
  for (std::size_t i = 0; i < signatures.size(); ++i) {
    const std::string file = room::PartyFileName(contract.parties[i].did);
    Write(data / "signatures" / file, signatures[i]);
    const auto registered = the_ledger->Register(signatures[i]);
    CHECK(registered);
    Write(data / "receipts" / file, registered->receipt);
  }
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(providers[i].broker->ImportContract(contract.ToCanonical(), signatures));
    const auto path = *broker::ResourcePath::Parse(contract.datasets[i].key_resource);
    CHECK(providers[i].broker->ImportSealedKey(path, records[i], keys[i]));
  }
  const contract::Certification document{Sample::kCertifier,        {guest.measurement}, {"dp-sgd/1"}, {},
                                         clock.Now() - Seconds(10), clock.Now() + Seconds(86400)};
  certification = *contract::SignDocument(document, TestKey(Sample::kCertifierKey), Sample::kCertifier, clock.Now());
  request = Sample::MakeRunRequest(contract, clock.Now());
  request.spend.pop_back();  // the pipeline has no budget
  SignRequest();
}

void RoomWorld::SignRequest() {
  const Bytes cose = *contract::SignDocument(request, TestKey(3), Sample::kConsumer, clock.Now());
  Write(data / "run-request.cose", cose);
  Write(data / "contract.json", AsBytes(contract.ToCanonical()));
  contract::InitData::Ledger terms{contract.ledger.origin, "https://ledger.example", {}, contract.ledger.tls, {}};
  for (const auto& key : contract.ledger.keys) terms.keys.push_back(key.kid);
  init_data = {crypto::Sha256(cose), {contract.digest()}, contract.pipeline.sha256, terms, {}};
  for (const Provider& provider : providers) {
    init_data.brokers.push_back({provider.did, "https://broker.example", Sample::Fill(provider.number)});
  }
}

Result<room::RoomOutcome> RoomWorld::Run() {
  if (!agreed_) Agree();
  Write(data / "certification.cose", certification);
  states.clear();
  out = folder.path() / ("out-" + std::to_string(++runs_));
  fs::create_directories(out);
  const std::string text = init_data_text ? *init_data_text : init_data.ToToml();
  guest.host_data = host_data ? *host_data : contract::InitDataDigest(text);
  Dialer dialer(*this);
  Hardware hardware(guest);
  Watcher watcher(*this);
  StandingPace standing(pace);
  return room::RunRoom({text, data, out}, {dialer, *ledger, hardware, crypto::SystemRandom(), watcher, standing});
}

std::string RoomWorld::RunRefused() {
  const auto outcome = Run();
  return outcome ? std::string() : outcome.error().ToText();
}

double RoomWorld::Charged(std::size_t i) {
  double charged = 0;
  const Json budget = *providers[i].broker->Budget();
  for (const Json& account : **budget.GetArray("accounts")) {
    charged += *(*account.GetObject("charged"))->GetNumber("epsilon");
  }
  return charged;
}

std::size_t RoomWorld::Released() const {
  std::size_t count = 0;
  for (const auto& entry : fs::directory_iterator(out)) count += entry.path().filename() != "audit.jsonl";
  return count;
}

}  // namespace cloister::clean_room

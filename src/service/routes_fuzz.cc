// Requests to a broker and to a ledger as their routers get them: "METHOD /path", header lines, an empty line, the body. The
// fuzzer cannot sign or remember, so words with a '$' stand for what a client holds by then: $ADMIN (the owner's token), $SESSION
// and $NONCE (of a fresh /auth), $ROOM (the session of an attested room), $CALL (its call of /reserve), $STATEMENT.
#include "broker/world_for_tests.h"
#include "evidence/kbs.h"
#include "service/broker_routes.h"
#include "service/ledger_routes.h"

namespace {

using namespace cloister;
using namespace cloister::broker;
using formats::Json;

struct Service : World {
  Connection connection{Exporter{}, Sample::Fill(101)};
  crypto::SigningKey admin_key = crypto::SigningKey::Generate(crypto::SignatureAlgorithm::kEdDsa);
  token::TeePrivateKey tee_key = token::TeePrivateKey::Generate();
  std::unique_ptr<audit::AuditLog> audit =
      *audit::AuditLog::Open(std::make_unique<audit::MemoryAuditSink>(), Sample::kBank, TestKey(90), std::nullopt);
  std::unique_ptr<Broker> broker;
  std::optional<AdminAccess> admin;
  net::Router router;
  std::map<std::string, std::string> words;
  int requests = 0;

  Service() {
    connection.exporter->fill(0x77);
    const contract::Digest named[] = {Processor().ark.Fingerprint()};
    broker = *Broker::Open({.owner = {Sample::kBank, {contract::NamedKey::Of(TestKey(1).Public())}, {Sample::Fill(101)}},
                            .key = TestKey(Sample::kBrokerKeys),
                            .store = *store,
                            .ledger = *client,
                            .ledger_trust = ledger->trust(),
                            .ledger_max_age = Seconds(300),
                            .anchors = *evidence::TrustAnchors::VendorsAndSimulated(Processor().Anchors(), named),
                            .collateral = {},
                            .token_key = TestKey(91),
                            .token_keys = {},
                            .audit = *audit,
                            .clock = clock,
                            .random = crypto::SystemRandom(),
                            .sessions = {}});
    CHECK(broker->ImportContract(contract.ToCanonical(), signatures));
    CHECK(broker->ImportSealedKey(*ResourcePath::Parse("data/loans/v1"), *record, identity));
    admin.emplace(*AdminAccess::Create({{std::nullopt, std::nullopt, {{"", admin_key.Public()}}}},
                                       {{"admin", {"GET", "POST", "DELETE"}, "^/kbs/v0/.*$"}}));
    service::AddBrokerRoutes(router, {*broker, *admin, clock, Sample::Fill(101)});
    service::AddLedgerRoutes(router, *ledger);
    const Json claims = Json::Object{{"role", "admin"}, {"exp", ToUnixSeconds(clock.Now()) + 600}};
    words["$ADMIN"] = "Bearer " + token::SignJwt(admin_key, {.type = "JWT", .key_id = "", .chain = {}}, claims);
    words["$STATEMENT"] = std::string(AsText(signatures[0]));
    AttestRoom();
  }

  void Challenge() {
    const auto authed = broker->Auth(Json::Object{{"version", "0.4.0"}, {"tee", "snp"}, {"extra-params", ""}});
    CHECK(authed);
    words["$SESSION"] = authed->session;
    words["$NONCE"] = *authed->challenge.GetString("nonce");
  }

  // A room that the broker takes, and its call of /reserve.
  void AttestRoom() {
    const auto request = Sample::MakeRunRequest(contract, clock.Now());
    const Bytes request_cose = *contract::SignDocument(request, TestKey(3), Sample::kConsumer, clock.Now());
    const contract::InitData init_data{crypto::Sha256(request_cose), {contract.digest()}, contract.pipeline.sha256,
                                       {contract.ledger.origin, "https://ledger.example", {contract.ledger.keys[0].kid},
                                        contract.ledger.tls, {}},
                                       {{Sample::kBank, "https://bank.example", Sample::Fill(101)},
                                        {Sample::kBureau, "https://bureau.example", Sample::Fill(102)},
                                        {Sample::kConsumer, "https://lab.example", Sample::Fill(103)}}};
    const contract::EvidenceBinding binding{request.run, {contract.digest()}, Sample::kBank, Sample::Fill(101),
                                            *connection.exporter, TestKey(Sample::kRoomKey).Public()};
    Challenge();
    const std::string additional = binding.ToAdditionalEvidence();
    evidence::SimulatedSnpGuest guest;
    guest.host_data = contract::InitDataDigest(init_data.ToToml());
    const Bytes report = Processor().Sign(
        Processor().Report(guest, *evidence::KbsReportData(additional, words["$NONCE"], tee_key.Public()), 0));
    const Json attestation = Json::Object{
        {"init-data", Json::Object{{"format", "toml"}, {"body", init_data.ToToml()}}},
        {"runtime-data", Json::Object{{"nonce", words["$NONCE"]}, {"tee-pubkey", tee_key.Public().ToJwk()}}},
        {"tee-evidence",
         Json::Object{{"primary_evidence", *evidence::SnpEvidenceToJson({report, Processor().Certificates()})},
                      {"additional_evidence", additional}}}};
    const auto token = broker->Attest(words["$SESSION"], attestation, connection);
    CHECK(token);
    words["$ROOM"] = words["$SESSION"];
    const contract::Certification word{Sample::kCertifier, {guest.measurement}, {"dp-sgd/1"}, {}, clock.Now(),
                                       clock.Now() + Seconds(86400)};
    contract::FreshRequest question{};
    question.contracts = {contract.digest()};
    const contract::ReserveCall call{request_cose, {contract.digest()}, receipts,
                                     *contract::SignDocument(word, TestKey(Sample::kCertifierKey), Sample::kCertifier, clock.Now()),
                                     *ledger->Fresh(question), Sample::kLoans, 1.5, 1e-5};
    words["$CALL"] = call.ToJson().Dump();
  }
};

std::string_view NextLine(std::string_view* text) {
  const std::string_view line = text->substr(0, text->find('\n'));
  text->remove_prefix(std::min(line.size() + 1, text->size()));
  return line;
}

// None where the first line is no request line.
std::optional<net::Request> ReadRequest(std::string_view text) {
  const std::string_view first = NextLine(&text);
  const auto target = net::ParseTarget(first.substr(std::min(first.find(' ') + 1, first.size())));
  if (!target) return std::nullopt;
  net::Request request;
  request.method = first.substr(0, first.find(' '));
  request.path = target->path;
  request.query = target->query;
  for (std::string_view line = NextLine(&text); !line.empty(); line = NextLine(&text)) {
    const std::size_t colon = std::min(line.find(':'), line.size());
    request.headers.Add(line.substr(0, colon), line.substr(std::min(colon + 1, line.size())));
  }
  request.body = ToBytes(text);
  request.connection.exporter = Bytes(contract::kExporterSize, 0x77);
  return request;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static std::unique_ptr<Service> service;
  if (service == nullptr || ++service->requests == 500) service = std::make_unique<Service>();
  std::string text(AsText({data, size}));
  if (text.find("$SESSION") != text.npos || text.find("$NONCE") != text.npos) service->Challenge();
  for (const auto& [word, value] : service->words) {
    const std::size_t at = text.find(word);
    if (at != text.npos) text.replace(at, word.size(), value);
  }
  const auto request = ReadRequest(text);
  if (!request) return 0;
  const net::Response response = service->router.Handle(*request);
  CHECK(response.status >= 200 && response.status <= 503);
  return 0;
}

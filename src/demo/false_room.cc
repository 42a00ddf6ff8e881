#include "false_room.h"

#include "base/file.h"
#include "contract/broker_calls.h"
#include "contract/init_data.h"
#include "contract/proof.h"
#include "evidence/kbs.h"
#include "evidence/snp/json.h"
#include "room/given.h"
#include "room/verify.h"
#include "service/http_broker_dialer.h"

namespace cloister::demo {
namespace {

constexpr std::size_t kMaxFile = 4u << 20;

}  // namespace

using formats::Json;

Result<FalseRoom::Session> FalseRoom::Begin(const std::string& actor) {
  const demo::Actor& party = world_.actor(actor);
  service::HttpBrokerDialer dialer(std::nullopt);
  Session session;
  session.connection = TRY(dialer.Dial({party.card.did, party.broker_url, party.card.broker->tls.at(0)}));
  const Json request = Json::Object{{"version", "0.4.0"},
                                    {"tee", "snp"},
                                    {"extra-params", Json::Object{{"supported-hash-algorithms", Json::Array{"sha384"}}}}};
  session.nonce = TRY(TRY(session.connection->Post("/kbs/v0/auth", request)).GetString("nonce"));
  return session;
}

contract::EvidenceBinding FalseRoom::Binding(const Session& session, const std::string& actor) const {
  return {inputs_.run,
          inputs_.init_data.contracts,
          world_.actor(actor).card.did,
          session.connection->peer_key(),
          session.connection->exporter(),
          keys_.signing->Public()};
}

Result<Json> FalseRoom::Attestation(const Session& session, const contract::EvidenceBinding& binding) {
  const std::string init_data = inputs_.init_data.ToToml();
  const Json tee_pubkey = keys_.encryption.Public().ToJwk();
  const std::string additional = binding.ToAdditionalEvidence();
  const auto report_data = TRY(evidence::KbsReportData(additional, session.nonce, keys_.encryption.Public()));
  Json evidence = TRY(world_.SignFalseEvidence(contract::InitDataDigest(init_data), report_data));
  return Json(Json::Object{
      {"init-data", Json::Object{{"format", "toml"}, {"body", init_data}}},
      {"runtime-data", Json::Object{{"nonce", session.nonce}, {"tee-pubkey", tee_pubkey}}},
      {"tee-evidence", Json::Object{{"primary_evidence", std::move(evidence)}, {"additional_evidence", additional}}}});
}

namespace {

// Signs whatever the false room says, as its owner makes the hardware do.
class FalseAttester final : public attester::Attester {
 public:
  FalseAttester(World& world, std::string_view init_data) : world_(world), host_data_(contract::InitDataDigest(init_data)) {}
  Result<attester::CollectedEvidence> Collect(const attester::ReportData& report_data) override {
    const Json evidence = TRY(world_.SignFalseEvidence(host_data_, report_data));
    auto snp = TRY(evidence::SnpEvidenceFromJson(evidence));
    return attester::CollectedEvidence{"snp", std::move(snp)};
  }

 private:
  World& world_;
  contract::Digest host_data_;
};

}  // namespace

Result<void> FalseRoom::Read() {
  if (!given_) given_.emplace(TRY(room::ReadGiven(inputs_.init_data.ToToml(), inputs_.data)));
  return {};
}

Result<std::unique_ptr<room::BrokerSession>> FalseRoom::Attested(const contract::InitData::Broker& broker) {
  TRY(Read());
  service::HttpBrokerDialer dialer(std::nullopt);
  FalseAttester attester(world_, given_->init_data_text());
  return room::BrokerSession::Attest(broker, *given_, keys_, dialer, attester);
}

Result<room::BrokerSession*> FalseRoom::SessionOf(const contract::Dataset& dataset) {
  auto& session = sessions_[dataset.provider];
  if (!session) session = TRY(Attested(*inputs_.init_data.BrokerOf(dataset.provider)));
  return session.get();
}

Result<Bytes> FalseRoom::Reserve(const contract::Dataset& dataset) {
  TRY(Read());
  if (!answer_) answer_.emplace(TRY(room::VerifyAgainstLedger(*given_, world_.ledger(), crypto::SystemRandom())));
  return TRY(TRY(SessionOf(dataset))->Reserve(dataset, answer_->cose())).cose();
}

Result<std::vector<Bytes>> FalseRoom::ReserveAll() {
  std::vector<Bytes> reservations;
  for (const contract::Dataset& dataset : world_.contract().datasets) reservations.push_back(TRY(Reserve(dataset)));
  return reservations;
}

Result<void> FalseRoom::Reserve(const Session& session, const std::string& actor) {
  const contract::Contract& contract = world_.contract();
  std::vector<Bytes> receipts;
  for (const contract::Party& party : contract.parties) {
    if (party.signs) receipts.push_back(TRY(ReadFile(inputs_.data / "receipts" / room::PartyFileName(party.did), kMaxFile)));
  }
  contract::FreshRequest question{};
  crypto::SystemRandom().Fill(question.nonce);
  question.contracts = {contract.digest()};
  contract::ReserveCall call{};
  call.run_request = TRY(ReadFile(inputs_.data / "run-request.cose", kMaxFile));
  call.contracts = inputs_.init_data.contracts;
  call.receipts = std::move(receipts);
  call.certification = TRY(ReadFile(inputs_.data / "certification.cose", kMaxFile));
  call.ledger_answer = TRY(world_.ledger().Fresh(question));
  for (const contract::Dataset& dataset : contract.datasets) {
    if (dataset.provider != world_.actor(actor).card.did) continue;
    call.dataset = dataset.id;
    if (const contract::PrivacyTerms* privacy = contract.PrivacyOf(dataset.id)) {
      call.epsilon = privacy->epsilon;
      call.delta = privacy->delta;
    }
  }
  TRY(session.connection->Post("/kbs/v0/cloister/reserve", call.ToJson()));
  return {};
}

Result<void> Attest(room::BrokerConnection& connection, const Json& attestation) {
  TRY(connection.Post("/kbs/v0/attest", attestation));
  return {};
}

Result<void> AttestAndReserve(FalseRoom& room, const std::string& actor) {
  const FalseRoom::Session session = TRY(room.Begin(actor));
  const Json attestation = TRY(room.Attestation(session, room.Binding(session, actor)));
  TRY(Attest(*session.connection, attestation));
  return room.Reserve(session, actor);
}

Result<Json> RecordedAttestation(const RoomRun& run) {
  const std::string text = TRY(ReadTextFile(run.out / "proof.json", kMaxFile));
  const auto proof = TRY(contract::Proof::FromJson(TRY(Json::Parse(text, {.max_bytes = kMaxFile}))));
  return Json(Json::Object{
      {"init-data", Json::Object{{"format", "toml"}, {"body", proof.init_data}}},
      {"runtime-data", Json::Object{{"nonce", proof.nonce}, {"tee-pubkey", proof.tee_pubkey}}},
      {"tee-evidence", Json::Object{{"primary_evidence", proof.evidence}, {"additional_evidence", proof.additional_evidence}}}});
}

}  // namespace cloister::demo

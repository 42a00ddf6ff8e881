#include "room/broker_session.h"

#include "crypto/hash.h"
#include "evidence/kbs.h"
#include "token/jwe.h"

namespace cloister::room {
namespace {

using formats::Json;

constexpr std::string_view kAuth = "/kbs/v0/auth";
constexpr std::string_view kAttest = "/kbs/v0/attest";
constexpr std::string_view kReserve = "/kbs/v0/cloister/reserve";
constexpr std::string_view kRelease = "/kbs/v0/cloister/release";
constexpr std::string_view kReport = "/kbs/v0/cloister/report";

Result<std::string> Challenge(BrokerConnection& connection) {
  const Json request = Json::Object{
      {"version", "0.4.0"},
      {"tee", "snp"},
      {"extra-params", Json::Object{{"supported-hash-algorithms", Json::Array{"sha384"}}}},
  };
  const Json challenge = TRY(connection.Post(kAuth, request));
  return challenge.GetString("nonce");
}

Error WrongAnswer(std::string_view what) {
  return Error(ErrorCode::kMismatch, std::string(what) + ": expected one for this run, contract, dataset and room, got another");
}

}  // namespace

RoomKeys RoomKeys::Make() {
  return {std::make_shared<const crypto::SigningKey>(crypto::SigningKey::Generate(crypto::SignatureAlgorithm::kEs256)),
          token::TeePrivateKey::Generate()};
}

BrokerSession::BrokerSession(std::string party, std::unique_ptr<BrokerConnection> connection, const Given& given,
                             const RoomKeys& keys, ShownEvidence shown)
    : party_(std::move(party)), connection_(std::move(connection)), given_(given), keys_(keys), shown_(std::move(shown)) {}

std::span<const contract::NamedKey> BrokerSession::BrokerKeys() const {
  return given_.contract()->FindParty(party_)->broker->keys;
}

Result<std::unique_ptr<BrokerSession>> BrokerSession::Attest(const contract::InitData::Broker& broker,
                                                             const Given& given, const RoomKeys& keys,
                                                             BrokerDialer& dialer, attester::Attester& attester) {
  std::unique_ptr<BrokerConnection> connection = TRY(dialer.Dial(broker));
  if (connection->peer_key() != broker.key) {
    return Error(ErrorCode::kUntrusted, "expected the TLS key that the init-data names, another answered");
  }
  ShownEvidence shown;
  shown.nonce = TRY(Challenge(*connection));
  const contract::EvidenceBinding binding{given.run(),           {given.contract().digest()}, broker.party,
                                          connection->peer_key(), connection->exporter(),      keys.signing->Public()};
  shown.additional_evidence = binding.ToAdditionalEvidence();
  shown.tee_pubkey = keys.encryption.Public().ToJwk();
  const auto report_data = TRY(evidence::KbsReportData(shown.additional_evidence, shown.nonce, keys.encryption.Public()));
  shown.collected = TRY_WITH("evidence", attester.Collect(report_data));
  shown.evidence = TRY_WITH("evidence", shown.collected.ToJson());
  const Json attestation = Json::Object{
      {"init-data", Json::Object{{"format", "toml"}, {"body", given.init_data_text()}}},
      {"runtime-data", Json::Object{{"nonce", shown.nonce}, {"tee-pubkey", shown.tee_pubkey}}},
      {"tee-evidence", Json::Object{{"primary_evidence", shown.evidence},
                                    {"additional_evidence", shown.additional_evidence}}},
  };
  TRY(connection->Post(kAttest, attestation));
  return std::unique_ptr<BrokerSession>(
      new BrokerSession(broker.party, std::move(connection), given, keys, std::move(shown)));
}

Result<contract::Verified<contract::Reservation>> BrokerSession::Reserve(const contract::Dataset& dataset,
                                                                         ByteSpan ledger_answer) {
  const contract::RunRequest::Spend* spend = given_.run_request()->SpendOn(dataset.id);
  const contract::ReserveCall call{given_.run_request().cose(),
                                   {given_.contract().digest()},
                                   given_.receipts(),
                                   given_.certification().cose(),
                                   ToBytes(ledger_answer),
                                   dataset.id,
                                   spend == nullptr ? 0 : spend->epsilon,
                                   spend == nullptr ? 0 : spend->delta};
  const Json answer = TRY(connection_->Post(kReserve, call.ToJson()));
  const Bytes cose = TRY(contract::CoseFromAnswer(answer, "reservation"));
  auto reservation =
      TRY_WITH("reservation", contract::VerifyDocument<contract::Reservation>(cose, BrokerKeys(), party_));
  const bool ours = reservation->run == given_.run() && reservation->run_request == given_.run_request().digest() &&
                    reservation->contract == given_.contract().digest() && reservation->dataset == dataset.id &&
                    reservation->account == dataset.account && reservation->broker == party_ &&
                    reservation->epsilon == call.epsilon && reservation->delta == call.delta &&
                    reservation->room_key == contract::KeyThumbprint(keys_.signing->Public());
  if (!ours) return WrongAnswer("reservation");
  return reservation;
}

Result<contract::FileKey> BrokerSession::Release(const contract::Dataset& dataset,
                                                 const std::vector<Bytes>& reservations) {
  const contract::ReleaseCall call{dataset.id, reservations};
  const Json jwe = TRY(connection_->Post(kRelease, call.ToJson()));
  const SecretBytes plain = TRY_WITH("file key", token::DecryptJwe(keys_.encryption, jwe.Dump()));
  contract::FileKey key = TRY_WITH("file key", contract::FileKey::FromCanonical(plain));
  const bool ours = key.run == given_.run() && key.contract == given_.contract().digest() &&
                    key.dataset == dataset.id && key.header_sha256 == dataset.integrity.header_sha256;
  if (!ours) return WrongAnswer("file key");
  return key;
}

Result<contract::Verified<contract::Settlement>> BrokerSession::Report(const contract::Spent& spent, Time now) {
  const contract::ReportCall call{
      TRY(contract::SignDocument(spent, *keys_.signing, contract::RoomIssuer(given_.run()), now))};
  const Json answer = TRY(connection_->Post(kReport, call.ToJson()));
  const Bytes cose = TRY(contract::CoseFromAnswer(answer, "settlement"));
  auto settlement =
      TRY_WITH("settlement", contract::VerifyDocument<contract::Settlement>(cose, BrokerKeys(), party_));
  if (settlement->run != given_.run() || settlement->dataset != spent.dataset || settlement->epsilon != spent.epsilon ||
      settlement->delta != spent.delta) {
    return WrongAnswer("settlement");
  }
  return settlement;
}

}  // namespace cloister::room

#include "false_room.h"

#include "contract/init_data.h"
#include "service/http_broker_dialer.h"

namespace cloister::demo {

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
          keys_.signing.Public()};
}

Result<Json> FalseRoom::Attestation(const Session& session, const contract::EvidenceBinding& binding) {
  const std::string init_data = inputs_.init_data.ToToml();
  const Json tee_pubkey = keys_.encryption.Public().ToJwk();
  const std::string additional = binding.ToAdditionalEvidence();
  const auto report_data = TRY(contract::KbsReportData(additional, session.nonce, keys_.encryption.Public()));
  Json evidence = TRY(world_.SignFalseEvidence(contract::InitDataDigest(init_data), report_data));
  return Json(Json::Object{
      {"init-data", Json::Object{{"format", "toml"}, {"body", init_data}}},
      {"runtime-data", Json::Object{{"nonce", session.nonce}, {"tee-pubkey", tee_pubkey}}},
      {"tee-evidence", Json::Object{{"primary_evidence", std::move(evidence)}, {"additional_evidence", additional}}}});
}

Result<void> Attest(room::BrokerConnection& connection, const Json& attestation) {
  TRY(connection.Post("/kbs/v0/attest", attestation));
  return {};
}

}  // namespace cloister::demo

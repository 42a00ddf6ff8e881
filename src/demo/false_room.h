// An attacker who has what no attacker should have: genuine (SIMULATED) hardware that signs evidence of the certified room for
// whatever he says. Brokers must still refuse what is not meant for them.
#pragma once

#include "contract/evidence_binding.h"
#include "demo/world.h"
#include "ledger/client.h"
#include "room/broker_session.h"

namespace cloister::demo {

class FalseRoom {
 public:
  // Claims to run with `inputs` in `world`, which outlives it.
  FalseRoom(World& world, RoomInputs inputs) : world_(world), inputs_(std::move(inputs)) {}

  struct Session {
    std::unique_ptr<room::BrokerConnection> connection;
    std::string nonce;
  };
  // Dials the broker of `actor` and asks for a challenge.
  Result<Session> Begin(const std::string& actor);
  // As an honest room would bind its evidence on this session.
  contract::EvidenceBinding Binding(const Session& session, const std::string& actor) const;
  // Fresh evidence over the session's nonce and `binding`: the body of an attestation.
  Result<formats::Json> Attestation(const Session& session, const contract::EvidenceBinding& binding);
  // Asks for a reservation on the actor's dataset as an honest room would, in a session that was attested.
  Result<void> Reserve(const Session& session, const std::string& actor);
  RoomInputs& inputs() { return inputs_; }

  // What the certified room's own code does, with evidence that was made for it: a session that `broker` accepts. This object outlives it.
  Result<std::unique_ptr<room::BrokerSession>> Attested(const contract::InitData::Broker& broker);
  // The one with the broker of `dataset`, begun at the first use.
  Result<room::BrokerSession*> SessionOf(const contract::Dataset& dataset);
  // A reservation of `dataset` by its broker.
  Result<Bytes> Reserve(const contract::Dataset& dataset);
  // Of every dataset of the contract, in its order.
  Result<std::vector<Bytes>> ReserveAll();

 private:
  Result<void> Read();
  World& world_;
  RoomInputs inputs_;
  room::RoomKeys keys_ = room::RoomKeys::Make();
  std::optional<room::Given> given_;
  std::optional<ledger::VerifiedFreshAnswer> answer_;
  std::map<std::string, std::unique_ptr<room::BrokerSession>> sessions_;  // by party
};

// What a broker says to it; the answer of a success is of no interest.
Result<void> Attest(room::BrokerConnection& connection, const formats::Json& attestation);
// Begins a session, attests honestly, and asks for a reservation.
Result<void> AttestAndReserve(FalseRoom& room, const std::string& actor);
// The attestation that the researcher's broker took of a run that is over, as the proof beside its outputs has it.
Result<formats::Json> RecordedAttestation(const RoomRun& run);

}  // namespace cloister::demo

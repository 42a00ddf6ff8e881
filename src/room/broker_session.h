// The room's dealings with one party's broker: attest, reserve, release, report, all on one connection.
#pragma once

#include "attester/attester.h"
#include "contract/broker_calls.h"
#include "contract/run.h"
#include "room/given.h"
#include "room/peers.h"
#include "token/jwk.h"

namespace cloister::room {

// The keys that the room makes for one run. They never leave it.
struct RoomKeys {
  std::shared_ptr<const crypto::SigningKey> signing;  // ES256: reports, spent, scrub, audit
  token::TeePrivateKey encryption;                    // P-256: brokers wrap file keys to it

  static RoomKeys Make();
};

// What was shown to a broker, so that others can check it later.
struct ShownEvidence {
  attester::CollectedEvidence collected;
  formats::Json evidence;  // the same as the KBS protocol writes it
  std::string additional_evidence;
  std::string nonce;
  formats::Json tee_pubkey;
};

class BrokerSession {
 public:
  // Dials the broker of `party` and shows it evidence bound to this run, this contract, this party and this connection.
  // Success proves that the broker's owner accepts the room; nothing is reserved. Borrows `given` and `keys`.
  static Result<std::unique_ptr<BrokerSession>> Attest(const contract::InitData::Broker& party, const Given& given,
                                                       const RoomKeys& keys, BrokerDialer& dialer,
                                                       attester::Attester& attester);

  const std::string& party() const { return party_; }
  const ShownEvidence& shown() const { return shown_; }

  // A reservation by a broker key of the contract, for exactly this run, room, dataset and spend.
  Result<contract::Verified<contract::Reservation>> Reserve(const contract::Dataset& dataset, ByteSpan ledger_answer);
  // The dataset's file key, unwrapped and checked to be for this run, contract, dataset and header. Only now is anything secret here.
  Result<contract::FileKey> Release(const contract::Dataset& dataset, const std::vector<Bytes>& reservations);
  Result<contract::Verified<contract::Settlement>> Report(const contract::Spent& spent, Time now);

 private:
  BrokerSession(std::string party, std::unique_ptr<BrokerConnection> connection, const Given& given,
                const RoomKeys& keys, ShownEvidence shown);
  std::span<const contract::NamedKey> BrokerKeys() const;

  std::string party_;
  std::unique_ptr<BrokerConnection> connection_;
  const Given& given_;
  const RoomKeys& keys_;
  ShownEvidence shown_;
};

}  // namespace cloister::room

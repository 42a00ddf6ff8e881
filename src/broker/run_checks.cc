#include "broker/internal/run_checks.h"

#include <algorithm>
#include <set>

namespace cloister::broker::internal {
namespace {

template <class T>
bool Contains(const std::vector<T>& items, const T& item) {
  return std::find(items.begin(), items.end(), item) != items.end();
}

Error Mismatch(std::string_view what, std::string_view expected) {
  return Error(ErrorCode::kMismatch, std::string(what) + ": expected " + std::string(expected) + ", got another");
}

std::set<contract::Digest> Kids(const std::vector<contract::NamedKey>& keys) {
  std::set<contract::Digest> kids;
  for (const contract::NamedKey& key : keys) kids.insert(key.kid);
  return kids;
}

template <class T>
std::set<T> AsSet(const std::vector<T>& items) {
  return {items.begin(), items.end()};
}

Result<void> CheckOneReservation(const contract::Verified<contract::Reservation>& reservation,
                                 const contract::Dataset& dataset, const contract::SignedContract& contract,
                                 const contract::Verified<contract::RunRequest>& request,
                                 const contract::Digest& room_key, Time now) {
  const Privacy spend = SpendOn(*request, dataset);
  const std::string what = "reservation for " + dataset.name;
  if (reservation->run != request->run || reservation->run_request != request.digest())
    return Mismatch(what, "this run request");
  if (reservation->contract != contract.digest()) return Mismatch(what, "this contract");
  if (reservation->broker != dataset.provider || reservation->account != dataset.account)
    return Mismatch(what, "its account");
  if (reservation->epsilon != spend.epsilon || reservation->delta != spend.delta)
    return Mismatch(what, "the run request's amounts");
  if (reservation->room_key != room_key) return Mismatch(what, "this room");
  if (reservation->deadline <= now) {
    return Error(ErrorCode::kExpired, what + ": its deadline was " + ToRfc3339(reservation->deadline));
  }
  return {};
}

}  // namespace

Result<void> CheckBinding(const RoomBinding& room, const Owner& owner, const Connection& connection) {
  if (room.evidence.party != owner.did) return Mismatch("evidence", "one for this party");
  if (!connection.exporter) return Error(ErrorCode::kUntrusted, "evidence: expected a TLS connection, got one without");
  if (*connection.exporter != room.evidence.exporter) return Mismatch("evidence", "one for this connection");
  if (connection.local_key != room.evidence.peer_key || !Contains(owner.tls_keys, connection.local_key)) {
    return Mismatch("evidence", "one that saw our TLS key");
  }
  const contract::InitData::Broker* ours = room.init_data.BrokerOf(owner.did);
  if (ours == nullptr || ours->key != room.evidence.peer_key)
    return Mismatch("init-data", "our TLS key under our name");
  if (room.init_data.contracts != room.evidence.contracts) return Mismatch("init-data", "the evidence's contracts");
  return {};
}

Result<const RoomBinding*> CheckSameConnection(const Attested& attested, const Connection& connection) {
  if (!attested.room)
    return Error(ErrorCode::kRefused, "session: expected a room's, with a `cloister` entry in its evidence");
  if (!connection.exporter || *connection.exporter != attested.room->evidence.exporter ||
      connection.local_key != attested.room->evidence.peer_key) {
    return Mismatch("session", "the connection that its evidence names");
  }
  return &*attested.room;
}

Result<void> CheckContract(const contract::SignedContract& contract, const std::optional<OwnersRevocation>& revocation,
                           Time now) {
  if (revocation) {
    return Error(ErrorCode::kRevoked, "contract: its owner here took it back at " + ToRfc3339(revocation->time));
  }
  const std::vector<std::string> missing = contract.Missing();
  if (!missing.empty()) {
    return Error(ErrorCode::kUntrusted,
                 "contract: the owner's copy has no signature of " + missing.front() + "; import it again");
  }
  return contract->CheckDates(now);
}

Result<void> CheckReceipts(const contract::SignedContract& contract, std::span<const Bytes> receipts,
                           const ledger::LedgerTrust& trust) {
  for (const std::string& did : contract->RequiredSigners()) {
    const Bytes& statement = contract.SignatureOf(did)->cose();
    const bool registered = std::any_of(receipts.begin(), receipts.end(), [&](const Bytes& receipt) {
      return ledger::VerifyReceipt(receipt, statement, trust).has_value();
    });
    if (!registered) {
      return Error(ErrorCode::kUntrusted,
                   "contract: expected the ledger's receipt of the signature of " + did + ", none holds");
    }
  }
  return {};
}

Result<contract::Verified<contract::RunRequest>> CheckRunRequest(ByteSpan cose,
                                                                 const contract::SignedContract& contract,
                                                                 const RoomBinding& room, Time now) {
  const contract::Party& consumer = contract->Tdc();
  auto request =
      TRY_WITH("run request", contract::VerifyDocument<contract::RunRequest>(cose, consumer.keys, consumer.did));
  if (request->consumer != consumer.did) return Mismatch("run request", "the contract's consumer");
  if (request->run != room.evidence.run) return Mismatch("run request", "the run that the evidence names");
  if (request->contracts != room.evidence.contracts)
    return Mismatch("run request", "the contracts that the evidence names");
  if (request->pipeline != contract->pipeline.sha256) return Mismatch("run request", "the contract's pipeline");
  for (const contract::RunRequest::Spend& spend : request->spend) {
    if (contract->DatasetById(spend.dataset) == nullptr) return Mismatch("run request", "datasets of the contract");
  }
  TRY(request->CheckTime(now));
  return request;
}

Result<void> CheckInitData(const RoomBinding& room, const contract::SignedContract& contract,
                           const contract::Digest& run_request) {
  const contract::InitData& data = room.init_data;
  if (data.run_request != run_request) return Mismatch("init-data", "this run request");
  if (data.pipeline != contract->pipeline.sha256) return Mismatch("init-data", "the contract's pipeline");
  const contract::LedgerTerms& ledger = contract->ledger;
  if (data.ledger.origin != ledger.origin || AsSet(data.ledger.keys) != Kids(ledger.keys) ||
      AsSet(data.ledger.tls) != AsSet(ledger.tls) || !data.ledger.witnesses.empty()) {
    return Mismatch("init-data", "the contract's ledger with its keys");
  }
  std::set<std::string> providers;
  for (const contract::Dataset& dataset : contract->datasets) providers.insert(dataset.provider);
  for (const contract::InitData::Broker& broker : data.brokers) {
    const contract::Party* party = contract->FindParty(broker.party);
    if (providers.erase(broker.party) != 1 || !Contains(party->broker->tls, broker.key)) {
      return Mismatch("init-data", "the brokers of the contract's providers with their keys");
    }
  }
  if (!providers.empty()) return Mismatch("init-data", "a broker of " + *providers.begin());
  return {};
}

Result<const evidence::VerifiedSnp*> CheckHardware(const evidence::VerifiedEvidence& verified, const contract::ComputeTerms& terms) {
  const std::string tee(verified.parts()[0].Tee());
  if (verified.parts().size() != 1 || verified.parts()[0].snp == nullptr || !Contains(terms.platforms, tee)) {
    return Error(ErrorCode::kRefused, "hardware: expected a platform of the contract's, got " + tee +
                                          (verified.parts().size() > 1 ? " with devices" : ""));
  }
  const evidence::VerifiedSnp& evidence = *verified.parts()[0].snp;
  if (!Contains(terms.roots, evidence.root().sha256)) {
    return Error(ErrorCode::kUntrusted, "hardware: expected a root that the contract names, got " +
                                            ToHex(evidence.root().sha256) +
                                            (evidence.simulated() ? " (SIMULATED)" : ""));
  }
  if (evidence.report().policy.Debug() || evidence.report().policy.MigrationAgent()) {
    return Error(ErrorCode::kRefused, "hardware: expected a guest without debugging and migration, got one with");
  }
  const evidence::SnpTcb least{.fmc = 0,
                               .bootloader = terms.min_tcb.bootloader,
                               .tee = terms.min_tcb.tee,
                               .snp = terms.min_tcb.snp,
                               .microcode = terms.min_tcb.microcode};
  if (!evidence.reported_tcb().AtLeast(least) || !evidence.committed_tcb().AtLeast(least)) {
    return Error(ErrorCode::kRefused, "hardware: expected firmware of at least the contract's minTcb, got older");
  }
  return &evidence;
}

Result<contract::Verified<contract::Certification>> CheckCertification(ByteSpan cose,
                                                                       const contract::Contract& contract,
                                                                       std::span<const Shelf::KeptCertification> kept,
                                                                       ByteSpan measurement, Time now) {
  const contract::Party* certifier = contract.FindParty(contract.compute.certifier);
  CHECK(certifier != nullptr);
  auto certification = TRY_WITH(
      "certification", contract::VerifyDocument<contract::Certification>(cose, certifier->keys, certifier->did));
  if (certification->certifier != certifier->did) return Mismatch("certification", "the contract's certifier");
  TRY(certification->CheckTime(now));
  const auto is_it = [&](const Shelf::KeptCertification& ours) { return ours.digest == certification.digest(); };
  if (!kept.empty() && std::none_of(kept.begin(), kept.end(), is_it)) {
    return Error(ErrorCode::kRefused, "certification: expected one that the owner imported, got another");
  }
  if (!certification->Covers(measurement)) {
    return Error(ErrorCode::kRefused,
                 "certification: expected a room that is certified, got measurement " + ToHex(measurement));
  }
  return certification;
}

Privacy SpendOn(const contract::RunRequest& request, const contract::Dataset& dataset) {
  const contract::RunRequest::Spend* spend = request.SpendOn(dataset.id);
  return spend == nullptr ? Privacy{} : Privacy{spend->epsilon, spend->delta};
}

Result<void> CheckRunLimits(const contract::Contract& contract, const contract::Dataset& dataset,
                            const Privacy& amount) {
  const contract::PrivacyTerms* terms = contract.PrivacyOf(dataset.id);
  if (terms == nullptr) {
    if (amount == Privacy{}) return {};
    return Error(ErrorCode::kRefused, "run request: expected nothing spent on a dataset without a budget");
  }
  if (!(amount.epsilon > 0) || !(amount.delta > 0)) {
    return Error(ErrorCode::kRefused, "run request: expected epsilon and delta above 0 for " + dataset.name);
  }
  if (amount.epsilon > terms->epsilon || amount.delta > terms->delta) {
    return Error(ErrorCode::kExhausted,
                 "run request: expected at most what the contract lets one run spend on " + dataset.name);
  }
  return {};
}

Privacy TotalOf(const contract::Contract& contract, const contract::Dataset& dataset) {
  const contract::PrivacyTerms* terms = contract.PrivacyOf(dataset.id);
  return terms == nullptr ? Privacy{} : Privacy{terms->total_epsilon, terms->total_delta};
}

Result<void> CheckReservations(std::span<const Bytes> reservations, const contract::SignedContract& contract,
                               const contract::Verified<contract::RunRequest>& request,
                               const contract::Digest& room_key, Time now) {
  std::set<std::string> left;
  for (const contract::Dataset& dataset : contract->datasets) left.insert(dataset.id);
  for (const Bytes& cose : reservations) {
    const auto claimed = TRY(contract::Reservation::FromJson(TRY(contract::StatementFromUnverified(cose)).payload));
    const contract::Dataset* dataset = contract->DatasetById(claimed.dataset);
    if (dataset == nullptr || left.erase(dataset->id) != 1)
      return Mismatch("reservations", "one for each dataset of the contract");
    const contract::Party& provider = contract->ProviderOf(*dataset);
    const auto reservation =
        TRY_WITH("reservation for " + dataset->name,
                 contract::VerifyDocument<contract::Reservation>(cose, provider.broker->keys, provider.did));
    TRY(CheckOneReservation(reservation, *dataset, contract, request, room_key, now));
  }
  if (!left.empty()) {
    return Error(ErrorCode::kUntrusted, "reservations: expected one for each dataset of the contract, none for " +
                                            contract->DatasetById(*left.begin())->name);
  }
  return {};
}

}  // namespace cloister::broker::internal

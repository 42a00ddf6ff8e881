#include "ledger/internal/rules.h"

namespace cloister::ledger::internal {
namespace {

using contract::AccountEntry;
using contract::AccountEvent;
using contract::ContractState;
using contract::Reservation;
using contract::RunReport;
using contract::Scrub;
using contract::StatementFromUnverified;
using contract::UnverifiedStatement;
using contract::VerifyDocument;

Error Mismatch(std::string message) { return Error(ErrorCode::kMismatch, std::move(message)); }
Error Refused(std::string message) { return Error(ErrorCode::kRefused, std::move(message)); }

Result<void> CheckChain(const AccountHead& last, const AccountEntry& entry) {
  const std::string numbers = std::to_string(last.sequence + 1) + ", got " + std::to_string(entry.sequence);
  if (entry.sequence <= last.sequence) return Error(ErrorCode::kStale, "account entry: expected sequence " + numbers);
  if (entry.sequence != last.sequence + 1) return Error(ErrorCode::kConflict, "account entry: expected sequence " + numbers);
  if (entry.previous != last.head) {
    return Error(ErrorCode::kConflict, "account entry: a fork, its previous head is not the account's");
  }
  return {};
}

// What the entries say of one run's claim. Kept, not judged: see AdmitAccountEntry.
Result<void> RecordClaim(const RuleContext& context, const AccountEntry& entry) {
  RunDataset claim;
  const auto known = TRY(StateReader(context.transaction).FindRunDataset(entry.run, entry.dataset, entry.broker));
  if (known) claim = *known;
  claim.last = entry.event;
  claim.contract = entry.contract;
  if (entry.event == AccountEvent::kReserve) {
    claim.reserve_head = entry.Head();
    claim.epsilon = entry.epsilon;
    claim.delta = entry.delta;
  }
  return StateWriter(context.transaction).PutRunDataset(entry.run, entry.dataset, entry.broker, claim);
}

// One reservation of a verified report: its reserve entry is on the log, and the key's release after it.
Result<void> CheckReservation(const StateReader& state, const RunReport& report, ByteSpan cose) {
  const UnverifiedStatement parsed = TRY(StatementFromUnverified(cose));
  const Reservation reservation = TRY(Reservation::FromJson(parsed.payload));
  const auto claim = TRY(state.FindRunDataset(report.run, reservation.dataset, reservation.broker));
  if (!claim || claim->reserve_head != reservation.head || claim->contract != reservation.contract) {
    return Refused("run report: a reservation that is not on this ledger");
  }
  if (claim->last != AccountEvent::kRelease && claim->last != AccountEvent::kSettle) {
    return Refused("run report: the ledger knows of no release of the key of " + reservation.dataset);
  }
  double epsilon = 0;
  double delta = 0;
  for (const RunReport::Charge& charge : report.spent) {
    if (charge.dataset != reservation.dataset) continue;
    epsilon += charge.epsilon;
    delta += charge.delta;
  }
  if (epsilon > claim->epsilon || delta > claim->delta) {
    return Error(ErrorCode::kExhausted, "run report: spent more than was reserved on " + reservation.dataset);
  }
  return {};
}

Result<std::vector<Contract>> ActiveContracts(const RuleContext& context, const std::vector<Digest>& digests) {
  const StateReader state(context.transaction);
  std::vector<Contract> out;
  for (const Digest& digest : digests) {
    auto contract = TRY(state.FindContract(digest));
    if (!contract) return Error(ErrorCode::kNotFound, "run report: a contract that is not on this ledger");
    const ContractState now = TRY(state.StatusOf(digest, context.now)).state;
    if (now == ContractState::kRevoked) return Error(ErrorCode::kRevoked, "run report: its contract was revoked");
    if (now == ContractState::kExpired) return Error(ErrorCode::kExpired, "run report: its contract has ended");
    if (now != ContractState::kActive) {
      return Refused("run report: its contract is " + std::string(contract::ContractStateName(now)));
    }
    out.push_back(*std::move(contract));
  }
  return out;
}

// A report has the time of the ledger's last answer to the room. So it cannot be ahead of us, and one that was held back
// longer than an answer counts is refused: what was true then need not be true now.
Result<void> CheckReportTime(const RunReport& report, const std::vector<Contract>& contracts, Time now) {
  if (report.time > now) {
    return Mismatch("run report: expected a time of this ledger's, got " + ToRfc3339(report.time) + ", it is " + ToRfc3339(now));
  }
  for (const Contract& contract : contracts) {
    const Seconds most = contract.ledger.max_checkpoint_age;
    if (report.time >= now - most) continue;
    return Error(ErrorCode::kStale, "run report: expected one of the last " + std::to_string(most.count()) + " s, got one of " +
                                        ToRfc3339(report.time) + ", it is " + ToRfc3339(now));
  }
  return {};
}

}  // namespace

// Only the chain and what the contract says for ever is demanded here. Whether a contract is active is for the broker to
// ask before it writes: its entry is durable with it already, and a refusal that comes too late would stop the account.
Result<void> AdmitAccountEntry(const RuleContext& context, ByteSpan statement) {
  const UnverifiedStatement parsed = TRY(StatementFromUnverified(statement));
  const AccountEntry claimed = TRY_WITH("account entry", AccountEntry::FromJson(parsed.payload));
  const StateReader state(context.transaction);
  const auto contract = TRY(state.FindContract(claimed.contract));
  if (!contract) return Error(ErrorCode::kNotFound, "account entry: its contract is not on this ledger");
  if (!TRY(state.IsComplete(claimed.contract))) return Refused("account entry: its contract was not signed by all");
  const contract::Party* party = contract->FindParty(parsed.issuer);
  if (party == nullptr || !party->broker) return Refused("account entry: its issuer is no party with a broker");
  const auto entry = TRY_WITH("account entry", VerifyDocument<AccountEntry>(statement, party->broker->keys, party->did));
  const contract::Dataset* dataset = contract->DatasetById(entry->dataset);
  if (entry->broker != party->did) return Mismatch("account entry: names another broker than its issuer");
  if (dataset == nullptr || dataset->provider != party->did || dataset->account != entry->account) {
    return Mismatch("account entry: dataset and account are not this party's in the contract");
  }
  TRY(CheckChain(TRY(state.HeadOf(entry->broker, entry->account)), *entry));
  TRY(RecordClaim(context, *entry));
  return StateWriter(context.transaction).PutHead(entry->broker, entry->account, {entry->sequence, entry->Head()});
}

Result<void> AdmitRunReport(const RuleContext& context, ByteSpan statement) {
  const UnverifiedStatement parsed = TRY(StatementFromUnverified(statement));
  const RunReport claimed = TRY_WITH("run report", RunReport::FromJson(parsed.payload));
  const StateReader state(context.transaction);
  const std::vector<Contract> contracts = TRY(ActiveContracts(context, claimed.contracts));
  const auto report = TRY(contract::VerifyRunReport(statement, contracts));
  TRY(CheckReportTime(*report, contracts, context.now));
  if (TRY(state.FindReport(report->run))) return Error(ErrorCode::kReplayed, "run report: this run was reported already");
  for (const Bytes& reservation : report->reservations) TRY(CheckReservation(state, *report, reservation));
  return StateWriter(context.transaction)
      .PutReport(report->run, {report.digest(), contract::KeyToJwk(report->room_key), report->contracts, false});
}

Result<void> AdmitScrub(const RuleContext& context, ByteSpan statement) {
  const UnverifiedStatement parsed = TRY(StatementFromUnverified(statement));
  const Scrub claimed = TRY_WITH("scrub statement", Scrub::FromJson(parsed.payload));
  auto report = TRY(StateReader(context.transaction).FindReport(claimed.run));
  if (!report) return Error(ErrorCode::kNotFound, "scrub statement: its run was not reported");
  const auto key = TRY(contract::KeyFromJwk(report->room_key));
  const auto scrub =
      TRY_WITH("scrub statement", VerifyDocument<Scrub>(statement, key, contract::RoomIssuer(claimed.run)));
  if (scrub->report != report->report) return Mismatch("scrub statement: names another run report");
  if (report->scrubbed) return Error(ErrorCode::kConflict, "scrub statement: this run has one already");
  report->scrubbed = true;
  return StateWriter(context.transaction).PutReport(scrub->run, *report);
}

}  // namespace cloister::ledger::internal

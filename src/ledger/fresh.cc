// The ledger's answers: what holds now, and what a party may read.
#include "ledger/internal/ledger_state.h"
#include "ledger/internal/rules.h"
#include "ledger/internal/tables.h"

namespace cloister::ledger {
namespace {

using contract::FreshAnswer;

constexpr std::size_t kMaxQuestions = 64;  // of each kind
constexpr Seconds kReadWindow{300};

Error Refused(std::string message) { return Error(ErrorCode::kRefused, std::move(message)); }

// Rows begin with the time, so those that no window reaches any more stand first.
Result<void> ForgetOldReads(store::Transaction& transaction, Time now) {
  for (const store::Row& row : TRY(transaction.Scan(internal::kReads, {}, 64))) {
    ByteReader reader(row.key);
    const auto seconds = static_cast<std::int64_t>(TRY(reader.Be<std::uint64_t>()));
    if (FromUnixSeconds(seconds) + 2 * kReadWindow >= now) break;
    TRY(transaction.Delete(internal::kReads, row.key));
  }
  return {};
}

}  // namespace

Result<FreshAnswer> Ledger::State::Answer(store::Snapshot& snapshot, const contract::FreshRequest& request, Time now) {
  if (request.contracts.size() > kMaxQuestions || request.accounts.size() > kMaxQuestions ||
      request.consistency_from.size() > kMaxQuestions) {
    return Error(ErrorCode::kLimit, "fresh request: more than 64 questions of a kind");
  }
  const internal::StateReader state(snapshot);
  const translog::TreeHead head = TRY(log.AdvanceHead(snapshot, *keeper));
  FreshAnswer out;
  out.nonce = request.nonce;
  out.origin = keys.origin();
  out.checkpoint = TRY(translog::SignCheckpoint(keys.origin(), head, keys.log(), keys.cosigner(), now));
  out.time = now;
  for (const contract::Digest& digest : request.contracts) out.contracts.push_back(TRY(state.StatusOf(digest, now)));
  if (request.run) {
    const contract::RunState run_state = TRY(state.StateOfRun(*request.run));
    out.run = FreshAnswer::RunStatus{*request.run, run_state};
  }
  for (const contract::AccountName& name : request.accounts) {
    const internal::AccountHead account = TRY(state.HeadOf(name.broker, name.account));
    out.accounts.push_back({name, account.sequence, account.head});
  }
  for (const std::uint64_t from : request.consistency_from) {
    // Whoever saw more entries than there are is told so in words that fit: this ledger was put back, or is not that one.
    if (from > head.size) {
      return Error(ErrorCode::kStale, "the ledger has " + std::to_string(head.size) + " entries, and was known to have " +
                                          std::to_string(from) + ": it went back, or shows two histories");
    }
    auto proof = TRY(log.ProveConsistency(snapshot, from, head.size));
    out.consistency.push_back({from, std::move(proof)});
  }
  return out;
}

Result<void> Ledger::State::AdmitRead(store::Transaction& transaction, ByteSpan query, ByteSpan statement, Time now) {
  const internal::StateReader state(transaction);
  const auto parsed = TRY(contract::StatementFromUnverified(query));
  std::vector<contract::Digest> contracts = TRY(internal::ContractsOf(state, statement));
  // What is about no contract is shown to any party.
  if (contracts.empty()) contracts = TRY(state.ContractsWithKey(parsed.kid, parsed.issuer));
  for (const contract::Digest& digest : contracts) {
    const auto contract = TRY(state.FindContract(digest));
    const contract::Party* party = contract ? contract->FindParty(parsed.issuer) : nullptr;
    if (party == nullptr || contract::FindKey(party->keys, parsed.kid) == nullptr) continue;
    const auto request =
        TRY_WITH("read request", contract::VerifyDocument<contract::ReadRequest>(query, party->keys, party->did));
    if (request->time < now - kReadWindow || request->time > now + kReadWindow) {
      return Error(ErrorCode::kExpired, "read request: its time is more than 300 s off");
    }
    TRY(ForgetOldReads(transaction, now));
    Bytes key;
    AppendBe(key, static_cast<std::uint64_t>(ToUnixSeconds(request->time)));
    const auto burnt =
        transaction.Insert(internal::kReads, Concat({key, request.kid(), request->nonce}), {});
    if (!burnt && burnt.error().code() == ErrorCode::kConflict) {
      return Error(ErrorCode::kReplayed, "read request: its nonce was used before");
    }
    return burnt;
  }
  return Refused("read request: its issuer and key are no party's of the entry's contract");
}

}  // namespace cloister::ledger

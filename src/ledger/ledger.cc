#include "ledger/ledger.h"

#include <algorithm>

#include "ledger/internal/configuration.h"
#include "ledger/internal/ledger_state.h"
#include "ledger/internal/rules.h"

namespace cloister::ledger {

using formats::Json;
using internal::LedgerConfiguration;

namespace {

// A DID and nothing else, so that an entry of the audit log repeats no other text of a stranger's.
bool LooksLikeDid(std::string_view text) {
  return text.starts_with("did:") && text.size() <= 128 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == ':' || c == '.' || c == '-' || c == '_' || c == '%';
  });
}

}  // namespace

Time Ledger::State::Now() {
  last_time = std::max(last_time, clock.Now());
  return last_time;
}

Result<void> Ledger::State::Begin() {
  std::optional<Bytes> first;
  TRY(store->Read([&](store::Snapshot& snapshot) -> Result<void> {
    if (TRY(log.Head(snapshot)).size == 0) {
      // A kept empty head is what an earlier start left that did not come to its first entry.
      const auto kept = TRY(keeper->Last());
      return kept && kept->size == 0 ? Result<void>() : log.StartKeeper(snapshot, *keeper);
    }
    first = TRY(log.Entry(snapshot, 0));
    TRY(log.AdvanceHead(snapshot, *keeper));
    return {};
  }));
  const LedgerConfiguration ours{self};
  if (!first) {
    const Bytes genesis = TRY(contract::SignDocument(ours, keys.receipt(), keys.origin(), Now()));
    return store->Transact([&](store::Transaction& transaction) -> Result<void> {
      TRY(log.Append(transaction, genesis));
      return {};
    });
  }
  const auto stored = contract::VerifyDocument<LedgerConfiguration>(*first, keys.receipt().Public(), keys.origin());
  if (!stored || !((*stored)->ToJson() == ours.ToJson())) {
    return Error(ErrorCode::kMismatch, "ledger: its first entry names another origin or other keys");
  }
  return {};
}

Result<Bytes> Ledger::State::SignReceipt(store::Snapshot& snapshot, std::uint64_t index, Time now) {
  const translog::TreeHead head = TRY(log.AdvanceHead(snapshot, *keeper));
  const Bytes entry = TRY(log.Entry(snapshot, index));
  const translog::MerkleProof proof = TRY(log.ProveInclusion(snapshot, index, head.size));
  return translog::IssueInclusionReceipt(keys.Issuer(), translog::LeafHash(entry), index, head, proof, now);
}

Ledger::Ledger(std::unique_ptr<State> state) : state_(std::move(state)) {}
Ledger::~Ledger() = default;

Result<std::unique_ptr<Ledger>> Ledger::Open(Parts parts) {
  CHECK(parts.store != nullptr && parts.keeper != nullptr && parts.audit != nullptr);
  auto state = std::make_unique<State>(std::move(parts));
  if (const auto begun = state->Begin(); !begun) return state->WriteDown("start", {}, begun.error(), state->Now());
  return std::unique_ptr<Ledger>(new Ledger(std::move(state)));
}

Error Ledger::State::WriteDown(std::string_view call, ByteSpan asked, const Error& error, Time now) {
  Json fields = Json::Object{};
  if (!asked.empty()) fields.Set("sha256", ToHex(crypto::Sha256(asked)));
  const auto said = contract::StatementFromUnverified(asked);
  if (said && LooksLikeDid(said->issuer)) fields.Set("claimed_by", said->issuer);
  return refusals.Write(audit::RefusalLog::Asker::kStranger, call, std::move(fields), error, now);
}

Result<Registration> Ledger::State::Register(ByteSpan statement, Time now) {
  // Our statements have an empty unprotected header, so they are their own entries.
  if (statement.size() > contract::kMaxSignedBytes) return Error(ErrorCode::kLimit, "statement: larger than 1 MiB");
  Registration out{};
  TRY(store->Transact([&](store::Transaction& transaction) -> Result<void> {
    const auto known = TRY(log.Find(transaction, translog::LeafHash(statement)));
    if (known) {
      out.index = *known;
      return {};
    }
    TRY(internal::Admit({transaction, self, now}, statement));
    out.index = TRY(log.Append(transaction, statement));
    return {};
  }));
  TRY(store->Read([&](store::Snapshot& snapshot) -> Result<void> {
    out.receipt = TRY(SignReceipt(snapshot, out.index, now));
    return {};
  }));
  return out;
}

Result<Registration> Ledger::Register(ByteSpan statement) {
  const std::lock_guard lock(state_->mutex);
  const Time now = state_->Now();
  auto registered = state_->Register(statement, now);
  if (!registered) return state_->WriteDown("registration", statement, registered.error(), now);
  return registered;
}

Result<Bytes> Ledger::Fresh(const contract::FreshRequest& request) {
  const std::lock_guard lock(state_->mutex);
  State& s = *state_;
  const Time now = s.Now();
  std::optional<contract::FreshAnswer> answer;
  const auto read = s.store->Read([&](store::Snapshot& snapshot) -> Result<void> {
    answer = TRY(s.Answer(snapshot, request, now));
    return {};
  });
  if (!read) return s.WriteDown("fresh", {}, read.error(), now);
  return contract::SignDocument(*answer, s.keys.receipt(), s.keys.origin(), now);
}

Result<std::string> Ledger::Checkpoint() {
  const std::lock_guard lock(state_->mutex);
  State& s = *state_;
  std::optional<translog::TreeHead> head;
  TRY(s.store->Read([&](store::Snapshot& snapshot) -> Result<void> {
    head = TRY(s.log.AdvanceHead(snapshot, *s.keeper));
    return {};
  }));
  return translog::SignCheckpoint(s.keys.origin(), *head, s.keys.log(), s.keys.cosigner(), s.Now());
}

Result<translog::MerkleProof> Ledger::Consistency(std::uint64_t from, std::uint64_t to) {
  translog::MerkleProof proof;
  TRY(state_->store->Read([&](store::Snapshot& snapshot) -> Result<void> {
    proof = TRY(state_->log.ProveConsistency(snapshot, from, to));
    return {};
  }));
  return proof;
}

Result<Bytes> Ledger::Receipt(std::uint64_t index) {
  const std::lock_guard lock(state_->mutex);
  State& s = *state_;
  const Time now = s.Now();
  Bytes receipt;
  TRY(s.store->Read([&](store::Snapshot& snapshot) -> Result<void> {
    receipt = TRY(s.SignReceipt(snapshot, index, now));
    return {};
  }));
  return receipt;
}

Result<Bytes> Ledger::State::Read(ByteSpan query, Time now) {
  const auto parsed = TRY_WITH("read request", contract::StatementFromUnverified(query));
  const auto claimed = TRY_WITH("read request", contract::ReadRequest::FromJson(parsed.payload));
  Bytes statement;
  TRY(store->Transact([&](store::Transaction& transaction) -> Result<void> {
    statement = TRY(log.Entry(transaction, claimed.entry));
    return AdmitRead(transaction, query, statement, now);
  }));
  return statement;
}

Result<Bytes> Ledger::Read(ByteSpan query) {
  const std::lock_guard lock(state_->mutex);
  const Time now = state_->Now();
  auto statement = state_->Read(query, now);
  if (!statement) return state_->WriteDown("read", query, statement.error(), now);
  return statement;
}

LedgerTrust Ledger::trust() const { return state_->self; }

Result<std::uint64_t> Ledger::size() {
  std::uint64_t size = 0;
  TRY(state_->store->Read([&](store::Snapshot& snapshot) -> Result<void> {
    size = TRY(state_->log.Head(snapshot)).size;
    return {};
  }));
  return size;
}

Result<void> Ledger::Tend() {
  const std::lock_guard lock(state_->mutex);
  return state_->refusals.Tend(state_->Now());
}

}  // namespace cloister::ledger

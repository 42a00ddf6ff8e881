#include "broker/account.h"

#include <cmath>

#include "base/byte_reader.h"

namespace cloister::broker {
namespace {

using contract::AccountEntry;
using contract::AccountEvent;
using formats::Json;

constexpr std::string_view kAccounts = "accounts";
constexpr std::string_view kReservations = "reservations";
constexpr std::string_view kPending = "account_pending";  // entries that the ledger has not answered for yet
constexpr std::string_view kEntries = "account_entries";
constexpr std::string_view kRuns = "account_runs";  // run id to the room key and run request that own it

Bytes ReservationKey(std::string_view run, std::string_view dataset) {
  return ToBytes(std::string(run) + "|" + std::string(dataset));
}

// Orders an account's entries by sequence.
Bytes EntryKey(std::string_view account, std::uint64_t sequence) {
  const auto name = crypto::Sha256(AsBytes(account));
  Bytes key(name.begin(), name.end());
  AppendBe(key, sequence);
  return key;
}

template <class T>
Result<std::optional<T>> Load(store::Snapshot& snapshot, std::string_view table, ByteSpan key) {
  const auto bytes = TRY(snapshot.Get(table, key));
  if (!bytes) return std::optional<T>();
  return std::optional<T>(TRY(T::FromJson(TRY(Json::Parse(AsText(*bytes))))));
}

template <class T>
Result<void> Save(store::Transaction& transaction, std::string_view table, ByteSpan key, const T& value) {
  return transaction.Put(table, key, AsBytes(value.ToJson().Dump()));
}

std::string Amount(const Privacy& privacy) {
  return "epsilon " + formats::Json(privacy.epsilon).Dump() + ", delta " + formats::Json(privacy.delta).Dump();
}

bool IsAmount(const Privacy& amount) {
  return amount.epsilon >= 0 && amount.epsilon <= 1e6 && amount.delta >= 0 && amount.delta <= 1;
}

bool Covers(const Privacy& total, const PrivacyUnits& charged, const Privacy& more) {
  const PrivacyUnits most = PrivacyUnits::Of(total);
  const PrivacyUnits added = PrivacyUnits::Of(more);
  return charged.epsilon <= most.epsilon - added.epsilon && charged.delta <= most.delta - added.delta;
}

// Whether the ledger, asked again with the same entry, would say no again. What speaks of another chain of entries
// (kStale, kConflict) is no such answer: then this store is an old copy, and nothing may be undone.
bool IsRefusedForGood(ErrorCode code) {
  return code == ErrorCode::kRefused || code == ErrorCode::kRevoked || code == ErrorCode::kExpired ||
         code == ErrorCode::kNotFound || code == ErrorCode::kReplayed || code == ErrorCode::kMismatch;
}

bool SameRequest(const ReservationRequest& a, const ReservationRequest& b) {
  return a.run == b.run && a.run_request == b.run_request && a.contract == b.contract && a.dataset == b.dataset &&
         a.account == b.account && a.amount == b.amount;
}

Error AnotherRoom(std::string_view run) {
  return Error(ErrorCode::kReplayed, "run request: expected the room that reserved first for run " + std::string(run) +
                                         ", another came; the consumer signs a new run request");
}

Result<void> CheckRoom(const AccountReservation& reservation, const contract::Digest& room_key) {
  if (reservation.request.room_key == room_key) return {};
  return AnotherRoom(reservation.request.run);
}

}  // namespace

PrivacyUnits PrivacyUnits::Of(const Privacy& amount) {
  CHECK(IsAmount(amount));
  return {std::llround(amount.epsilon * 1e12), std::llround(amount.delta * 1e18)};
}

Accounts::Accounts(store::Store& store, LedgerWatch& ledger, const crypto::SigningKey& key, std::string broker)
    : store_(store), ledger_(ledger), key_(key), broker_(std::move(broker)) {}

// Under the transaction's own eyes, since another process may work on the same store: the reservation stands where this
// change begins, and the account still covers a new one.
Result<void> Accounts::CheckBefore(const ReservationRequest& request, AccountEvent event, const AccountStatus& account,
                                   const std::optional<AccountReservation>& before) {
  std::optional<ReservationStage> begins;
  if (event == AccountEvent::kRelease || event == AccountEvent::kLapse) begins = ReservationStage::kReserved;
  if (event == AccountEvent::kSettle) begins = ReservationStage::kReleased;
  if (before.has_value() != begins.has_value() || (before && before->stage != *begins)) {
    return Error(ErrorCode::kConflict, "account: expected to be the only one at work on it; ask again");
  }
  if (event == AccountEvent::kReserve && !Covers(request.total, account.charged, request.amount)) {
    return Error(ErrorCode::kExhausted, "budget: expected room for " + Amount(request.amount));
  }
  return {};
}

// One change: the account's and the reservation's new state, the entry, and what it takes to undo it, in one
// transaction; then the ledger.
Result<contract::AccountEntry> Accounts::Change(AccountReservation& reservation, AccountEvent event,
                                                const Privacy& amount, const Privacy& charged, Time now) {
  const ReservationRequest& request = reservation.request;
  std::optional<AccountEntry> entry;
  Bytes entry_key;
  TRY(store_.Transact([&](store::Transaction& transaction) -> Result<void> {
    const auto found = TRY(Load<AccountStatus>(transaction, kAccounts, AsBytes(request.account)));
    const AccountStatus before = found ? *found : AccountStatus{request.account, 0, {}, {}};
    const Bytes reservation_key = ReservationKey(request.run, request.dataset);
    const auto reservation_before = TRY(Load<AccountReservation>(transaction, kReservations, reservation_key));
    TRY(CheckBefore(request, event, before, reservation_before));
    AccountStatus status = before;
    const PrivacyUnits now_charged = PrivacyUnits::Of(charged);
    const PrivacyUnits was_charged = PrivacyUnits::Of(reservation.charged);
    status.charged.epsilon += now_charged.epsilon - was_charged.epsilon;
    status.charged.delta += now_charged.delta - was_charged.delta;
    reservation.charged = charged;
    const Privacy account = status.charged.ToPrivacy();
    entry.emplace(AccountEntry{broker_, request.account, status.sequence + 1, status.head, event, request.run,
                               request.contract, request.dataset, amount.epsilon, amount.delta,
                               {account.epsilon, account.delta}, now});
    status.sequence = entry->sequence;
    status.head = entry->Head();
    if (event == AccountEvent::kReserve) {
      reservation.sequence = entry->sequence;
      reservation.head = status.head;
      reservation.account_charged = account;
    }
    const Bytes cose = TRY(contract::SignDocument(*entry, key_, broker_, now));
    const Json pending = Json::Object{{"cose", ToBase64(cose)},
                                      {"account", before.ToJson()},
                                      {"reservation", reservation_before ? reservation_before->ToJson() : Json()},
                                      {"run", request.run},
                                      {"dataset", request.dataset}};
    entry_key = EntryKey(request.account, entry->sequence);
    TRY(Save(transaction, kAccounts, AsBytes(request.account), status));
    TRY(Save(transaction, kReservations, reservation_key, reservation));
    TRY(transaction.Insert(kEntries, entry_key, cose));
    return transaction.Insert(kPending, entry_key, AsBytes(pending.Dump()));
  }));
  for (RefusedEntry& refused : TRY(Flush())) {
    if (refused.key == entry_key) return std::move(refused.why);
  }
  return *entry;
}

Result<void> Accounts::Undo(const store::Row& row, const Json& pending) {
  const auto account = TRY(AccountStatus::FromJson(*TRY(pending.GetObject("account"))));
  const Bytes reservation_key = ReservationKey(TRY(pending.GetString("run")), TRY(pending.GetString("dataset")));
  const Json& before = *TRY(pending.Get("reservation"));
  return store_.Transact([&](store::Transaction& transaction) -> Result<void> {
    // Another process on the same store may have undone it, and written the next entry under the same key.
    const std::optional<Bytes> present = TRY(transaction.Get(kPending, row.key));
    if (present != row.value) return {};
    TRY(Save(transaction, kAccounts, AsBytes(account.account), account));
    if (before.is_null()) {
      TRY(transaction.Delete(kReservations, reservation_key));
    } else {
      TRY(transaction.Put(kReservations, reservation_key, AsBytes(before.Dump())));
    }
    TRY(transaction.Delete(kEntries, row.key));
    TRY(transaction.Delete(kPending, row.key));
    return {};
  });
}

Result<std::vector<Accounts::RefusedEntry>> Accounts::Flush() {
  std::vector<RefusedEntry> refused;
  std::vector<store::Row> rows;
  TRY(store_.Read([&](store::Snapshot& snapshot) -> Result<void> {
    rows = TRY(snapshot.Scan(kPending, {}, store::kMaxScan));
    return {};
  }));
  for (const store::Row& row : rows) {
    const Json pending = TRY_WITH("pending entry", Json::Parse(AsText(row.value)));
    const Bytes cose = TRY_WITH("pending entry", FromBase64(TRY(pending.GetString("cose"))));
    const Result<Bytes> receipt = ledger_.client().Register(cose);
    if (!receipt) {
      if (!IsRefusedForGood(receipt.error().code())) return receipt.error().With("ledger");
      TRY(Undo(row, pending));
      refused.push_back({row.key, receipt.error().With("ledger")});
      continue;
    }
    TRY_WITH("ledger", ledger::VerifyReceipt(*receipt, cose, ledger_.trust()));
    TRY(store_.Transact([&](store::Transaction& transaction) -> Result<void> {
      TRY(transaction.Delete(kPending, row.key));
      return {};
    }));
  }
  return refused;
}

Result<void> Accounts::CompareHeads(std::string_view account, Time now) {
  const contract::AccountName name{broker_, std::string(account)};
  const auto answer = TRY(ledger_.Ask({{}, std::nullopt, {name}}, now));
  const auto* theirs = answer.answer().HeadOf(name);
  if (theirs == nullptr) return Error(ErrorCode::kMalformed, "ledger: expected the head of the account, got none");
  const auto bytes = TRY(store_.Get(kAccounts, AsBytes(account)));
  AccountStatus ours{std::string(account), 0, {}, {}};
  if (bytes) ours = TRY(AccountStatus::FromJson(TRY(Json::Parse(AsText(*bytes)))));
  if (theirs->sequence == ours.sequence && theirs->head == ours.head) return {};
  const std::string heads = "the ledger has " + std::to_string(theirs->sequence) + " entries of account " +
                            std::string(account) + ", this store " + std::to_string(ours.sequence);
  if (theirs->sequence < ours.sequence) {
    return Error(ErrorCode::kUntrusted, "ledger: expected all entries that it gave receipts for; " + heads);
  }
  return Error(ErrorCode::kStale,
               "store: expected the newest copy; " + heads + ". This is an older copy: put the newest one back");
}

Result<void> Accounts::LapseLocked(std::optional<std::string_view> account, Time now) {
  for (AccountReservation& reservation : TRY(AllLocked())) {
    const bool lapsed = reservation.stage == ReservationStage::kReserved && reservation.request.deadline <= now;
    if (!lapsed || (account && reservation.request.account != *account)) continue;
    reservation.stage = ReservationStage::kLapsed;
    const auto lapse = Change(reservation, AccountEvent::kLapse, reservation.request.amount, Privacy{}, now);
    // A lapse that the ledger does not take leaves the amount charged, which is the safe side.
    if (!lapse && !IsRefusedForGood(lapse.error().code())) return lapse.error();
  }
  return {};
}

Result<void> Accounts::Recover(Time now) {
  const std::lock_guard lock(mutex_);
  // Heads first where nothing is pending: an old copy must not add anything. With something pending the ledger itself
  // refuses what does not continue its chain.
  TRY(Flush());
  std::vector<store::Row> rows;
  TRY(store_.Read([&](store::Snapshot& snapshot) -> Result<void> {
    rows = TRY(snapshot.Scan(kAccounts, {}, store::kMaxScan));
    return {};
  }));
  for (const store::Row& row : rows) TRY(CompareHeads(AsText(row.key), now));
  // A broker without accounts keeps up with the ledger too, so that it knows when a room was shown an older one.
  if (rows.empty()) TRY(ledger_.Ask({{}, std::nullopt, {}}, now));
  return LapseLocked(std::nullopt, now);
}

Result<AccountReservation> Accounts::Reserve(const ReservationRequest& request, Time now) {
  const std::lock_guard lock(mutex_);
  TRY(Flush());
  TRY(CompareHeads(request.account, now));
  TRY(LapseLocked(request.account, now));
  std::optional<AccountReservation> found;
  AccountStatus status{request.account, 0, {}, {}};
  TRY(store_.Read([&](store::Snapshot& snapshot) -> Result<void> {
    found = TRY(Load<AccountReservation>(snapshot, kReservations, ReservationKey(request.run, request.dataset)));
    if (auto known = TRY(Load<AccountStatus>(snapshot, kAccounts, AsBytes(request.account)))) status = *known;
    return {};
  }));
  if (found) {
    TRY(CheckRoom(*found, request.room_key));
    if (!SameRequest(found->request, request)) {
      return Error(ErrorCode::kConflict,
                   "reservation: expected the same request for run " + request.run + " as before, got another");
    }
    if (found->stage == ReservationStage::kLapsed) {
      return Error(ErrorCode::kExpired,
                   "reservation: expected one before its deadline, it lapsed at " + ToRfc3339(found->request.deadline));
    }
    return *found;
  }
  if (request.deadline <= now) {
    return Error(ErrorCode::kExpired,
                 "run request: expected a deadline after " + ToRfc3339(now) + ", got " + ToRfc3339(request.deadline));
  }
  if (!IsAmount(request.amount) || !IsAmount(request.total)) {
    return Error(ErrorCode::kUsage, "reservation: expected amounts from 0, epsilon to 1e6, delta to 1");
  }
  if (!Covers(request.total, status.charged, request.amount)) {
    return Error(ErrorCode::kExhausted, "budget: expected room for " + Amount(request.amount) +
                                            ", the account has spent or reserved " +
                                            Amount(status.charged.ToPrivacy()) + " of " + Amount(request.total));
  }
  TRY(ClaimRun(request));
  AccountReservation reservation{request, ReservationStage::kReserved, {}, 0, {}, {}};
  TRY(Change(reservation, AccountEvent::kReserve, request.amount, request.amount, now));
  return reservation;
}

Result<void> Accounts::ClaimRun(const ReservationRequest& request) {
  const Bytes owner = Concat({request.room_key, request.run_request});
  return store_.Transact([&](store::Transaction& transaction) -> Result<void> {
    const auto found = TRY(transaction.Get(kRuns, AsBytes(request.run)));
    if (found) return *found == owner ? Result<void>() : Result<void>(AnotherRoom(request.run));
    return transaction.Put(kRuns, AsBytes(request.run), owner);
  });
}

Result<AccountReservation> Accounts::Release(std::string_view run, std::string_view dataset,
                                             const contract::Digest& room_key, Time now) {
  const std::lock_guard lock(mutex_);
  TRY(Flush());
  auto found = TRY(FindLocked(run, dataset));
  if (!found)
    return Error(ErrorCode::kNotFound,
                 "release: expected a reservation of run " + std::string(run) + " first, there is none");
  TRY(CheckRoom(*found, room_key));
  if (found->stage == ReservationStage::kReleased) return *found;
  if (found->stage != ReservationStage::kReserved) {
    return Error(ErrorCode::kRefused, "release: expected a reservation that is reserved, it is " +
                                          std::string(ReservationStageName(found->stage)));
  }
  if (found->request.deadline <= now) {
    return Error(ErrorCode::kExpired, "release: expected to be asked before " + ToRfc3339(found->request.deadline) +
                                          ", it is " + ToRfc3339(now));
  }
  TRY(CompareHeads(found->request.account, now));
  found->stage = ReservationStage::kReleased;
  TRY(Change(*found, AccountEvent::kRelease, found->request.amount, found->charged, now));
  return *found;
}

Result<contract::AccountEntry> Accounts::GiveBack(std::string_view run, std::string_view dataset,
                                                  const contract::Digest& room_key, Time now) {
  const std::lock_guard lock(mutex_);
  TRY(Flush());
  auto found = TRY(FindLocked(run, dataset));
  if (!found) {
    return Error(ErrorCode::kNotFound,
                 "giving back: expected a reservation of run " + std::string(run) + ", there is none");
  }
  TRY(CheckRoom(*found, room_key));
  if (found->stage != ReservationStage::kReserved) {
    return Error(ErrorCode::kRefused, "giving back: expected a reservation that is reserved, it is " +
                                          std::string(ReservationStageName(found->stage)));
  }
  found->stage = ReservationStage::kLapsed;
  return Change(*found, AccountEvent::kLapse, found->request.amount, Privacy{}, now);
}

Result<contract::AccountEntry> Accounts::Settle(std::string_view run, std::string_view dataset,
                                                const contract::Digest& room_key, const Privacy& spent, Time now) {
  const std::lock_guard lock(mutex_);
  TRY(Flush());
  auto found = TRY(FindLocked(run, dataset));
  if (!found)
    return Error(ErrorCode::kNotFound,
                 "settlement: expected a reservation of run " + std::string(run) + ", there is none");
  TRY(CheckRoom(*found, room_key));
  if (!IsAmount(spent) || !Covers(found->request.amount, {}, spent)) {
    return Error(ErrorCode::kExhausted,
                 "settlement: expected at most " + Amount(found->request.amount) + ", got " + Amount(spent));
  }
  if (found->stage == ReservationStage::kSettled) return FindSettlement(*found, spent);
  if (found->stage != ReservationStage::kReleased) {
    return Error(ErrorCode::kRefused, "settlement: expected a released reservation, it is " +
                                          std::string(ReservationStageName(found->stage)));
  }
  found->stage = ReservationStage::kSettled;
  return Change(*found, AccountEvent::kSettle, spent, spent, now);
}

Result<contract::AccountEntry> Accounts::FindSettlement(const AccountReservation& reservation, const Privacy& spent) {
  if (!(reservation.charged == spent)) {
    return Error(ErrorCode::kConflict, "settlement: expected the amount settled before, " +
                                           Amount(reservation.charged) + ", got " + Amount(spent));
  }
  const auto status = TRY(StatusLocked(reservation.request.account));
  for (std::uint64_t sequence = status.sequence; sequence > reservation.sequence; --sequence) {
    const auto cose = TRY(store_.Get(kEntries, EntryKey(reservation.request.account, sequence)));
    if (!cose) continue;
    auto entry = TRY(contract::VerifyDocument<AccountEntry>(*cose, key_.Public(), broker_));
    const bool ours = entry->event == AccountEvent::kSettle && entry->run == reservation.request.run &&
                      entry->dataset == reservation.request.dataset;
    if (ours) return *entry;
  }
  return Error(ErrorCode::kInternal, "settlement: expected its entry in the store, found none");
}

Result<AccountStatus> Accounts::StatusLocked(std::string_view account) {
  AccountStatus status{std::string(account), 0, {}, {}};
  TRY(store_.Read([&](store::Snapshot& snapshot) -> Result<void> {
    if (auto known = TRY(Load<AccountStatus>(snapshot, kAccounts, AsBytes(account)))) status = *known;
    return {};
  }));
  return status;
}

Result<AccountStatus> Accounts::Status(std::string_view account) {
  const std::lock_guard lock(mutex_);
  return StatusLocked(account);
}

Result<std::optional<AccountReservation>> Accounts::Find(std::string_view run, std::string_view dataset) {
  const std::lock_guard lock(mutex_);
  return FindLocked(run, dataset);
}

Result<std::optional<AccountReservation>> Accounts::FindLocked(std::string_view run, std::string_view dataset) {
  std::optional<AccountReservation> found;
  TRY(store_.Read([&](store::Snapshot& snapshot) -> Result<void> {
    found = TRY(Load<AccountReservation>(snapshot, kReservations, ReservationKey(run, dataset)));
    return {};
  }));
  return found;
}

Result<std::vector<AccountReservation>> Accounts::AllLocked() {
  std::vector<AccountReservation> all;
  Bytes after;
  for (;;) {
    std::vector<store::Row> rows;
    TRY(store_.Read([&](store::Snapshot& snapshot) -> Result<void> {
      rows = TRY(snapshot.ScanAfter(kReservations, {}, after, 1000));
      return {};
    }));
    if (rows.empty()) return all;
    for (const store::Row& row : rows) {
      all.push_back(TRY(AccountReservation::FromJson(TRY(Json::Parse(AsText(row.value))))));
    }
    after = rows.back().key;
  }
}

Result<std::vector<AccountReservation>> Accounts::All() {
  const std::lock_guard lock(mutex_);
  return AllLocked();
}

}  // namespace cloister::broker

// Budget accounts: reservations, releases and settlements, durable here and chained on the ledger
// (docs/formats/clean-room.md, "Accounts").
#pragma once

#include <mutex>

#include "broker/ledger_watch.h"
#include "contract/account_entry.h"
#include "crypto/sign.h"
#include "store/store.h"

namespace cloister::broker {

// An amount of privacy loss. Amounts on one account add up (basic composition).
struct Privacy {
  double epsilon = 0;
  double delta = 0;
  bool operator==(const Privacy&) const = default;
};

// The same in whole units of 1e-12 (epsilon) and 1e-18 (delta), to the nearest. Accounts add these, so that what was
// added and taken away leaves nothing behind, in whatever order.
struct PrivacyUnits {
  std::int64_t epsilon = 0;
  std::int64_t delta = 0;
  // Amounts are at most 1e6 and 1 (contract documents see to it); what lies outside is a bug (CHECK).
  static PrivacyUnits Of(const Privacy& amount);
  Privacy ToPrivacy() const { return {static_cast<double>(epsilon) / 1e12, static_cast<double>(delta) / 1e18}; }
  bool operator==(const PrivacyUnits&) const = default;
};

// What a room asks to spend.
struct ReservationRequest {
  std::string run;
  contract::Digest run_request;
  contract::Digest contract;
  std::string dataset;
  std::string account;
  Privacy amount;
  Privacy total;  // the most that the account may ever spend, by this contract
  Time deadline;
  contract::Digest room_key;
};

enum class ReservationStage { kReserved, kReleased, kSettled, kLapsed };
std::string_view ReservationStageName(ReservationStage stage);

// One run's claim on one dataset.
struct AccountReservation {
  ReservationRequest request;
  ReservationStage stage = ReservationStage::kReserved;
  Privacy charged;             // what counts against the account now
  std::uint64_t sequence = 0;  // of the reserve entry
  contract::Digest head{};     // of the account after the reserve entry
  Privacy account_charged;     // what the account was charged after the reserve entry

  static Result<AccountReservation> FromJson(const formats::Json& json);
  formats::Json ToJson() const;
};

// Where an account stands.
struct AccountStatus {
  std::string account;
  std::uint64_t sequence = 0;  // 0: never used
  contract::Digest head{};     // zeros: never used
  PrivacyUnits charged;        // reserved, released and settled together

  static Result<AccountStatus> FromJson(const formats::Json& json);
  formats::Json ToJson() const;
};

// Invariants: 1. what an account is charged never exceeds the total of the reservation that was let in last; 2. charges
// go down only by a lapse (no key was released; the deadline is past or the room gave it back) or a settlement below the
// reservation; 3. no function returns success before its entry is durable here and on the ledger; 4. entries reach the ledger in order, each once.
// A crash between store and ledger leaves an entry that is pending; the next call puts it on the ledger first. An entry
// that the ledger refuses for good (its contract was revoked meanwhile, say) is taken back: it never was answered
// for. 5. a run belongs to the first room and run request that reserved anything under its id. Safe to use from several
// threads; one change at a time.
class Accounts {
 public:
  // All references outlive it. `broker` is the party's DID, under which entries are signed by `key`.
  Accounts(store::Store& store, LedgerWatch& ledger, const crypto::SigningKey& key, std::string broker);

  // Puts pending entries on the ledger, lets what is past its deadline lapse, and compares every account's head with
  // the ledger's. To be called at start. kStale: the ledger has entries that this store lost, so the store is an old
  // copy.
  Result<void> Recover(Time now);

  // The same request from the same room gives the same reservation. kReplayed: another room has this run; kExhausted:
  // the total does not cover it (with what is left); kStale as above; kExpired: past the deadline; kConflict: the same
  // run asked otherwise; kUnavailable: the ledger does not answer, and nothing can be said.
  Result<AccountReservation> Reserve(const ReservationRequest& request, Time now);

  // Marks the key as released; must succeed before the key is. Again for the same room: no second entry.
  // kNotFound, kExpired (the deadline is past), kRefused (lapsed or settled), kReplayed (another room).
  Result<AccountReservation> Release(std::string_view run, std::string_view dataset, const contract::Digest& room_key,
                                     Time now);

  // The room's word that it will not ask for the key: what it reserved lapses now instead of at its deadline. kNotFound,
  // kReplayed (another room), kRefused (a key was released, or it is over).
  Result<contract::AccountEntry> GiveBack(std::string_view run, std::string_view dataset,
                                          const contract::Digest& room_key, Time now);

  // What the room really spent; at most what was reserved (kExhausted), and only after a release (kRefused). Returns
  // the entry that settles it; the same report again gives the same one, another is refused (kConflict).
  Result<contract::AccountEntry> Settle(std::string_view run, std::string_view dataset,
                                        const contract::Digest& room_key, const Privacy& spent, Time now);

  Result<AccountStatus> Status(std::string_view account);
  Result<std::optional<AccountReservation>> Find(std::string_view run, std::string_view dataset);
  Result<std::vector<AccountReservation>> All();

 private:
  Result<void> CompareHeads(std::string_view account, Time now);
  // Puts what is pending on the ledger. What the ledger refuses for good is undone and returned, by its entry key.
  // kUnavailable and others: still pending. kStale, kConflict, kUntrusted: the ledger knows another chain.
  struct RefusedEntry {
    Bytes key;
    Error why;
  };
  Result<std::vector<RefusedEntry>> Flush();
  Result<void> Undo(const store::Row& row, const formats::Json& pending);
  Result<void> LapseLocked(std::optional<std::string_view> account, Time now);
  static Result<void> CheckBefore(const ReservationRequest& request, contract::AccountEvent event,
                                  const AccountStatus& account, const std::optional<AccountReservation>& before);
  Result<contract::AccountEntry> Change(AccountReservation& reservation, contract::AccountEvent event,
                                        const Privacy& amount, const Privacy& charged, Time now);
  Result<void> ClaimRun(const ReservationRequest& request);
  Result<std::vector<AccountReservation>> AllLocked();
  Result<std::optional<AccountReservation>> FindLocked(std::string_view run, std::string_view dataset);
  Result<AccountStatus> StatusLocked(std::string_view account);
  Result<contract::AccountEntry> FindSettlement(const AccountReservation& reservation, const Privacy& spent);

  store::Store& store_;
  LedgerWatch& ledger_;
  const crypto::SigningKey& key_;
  std::string broker_;
  std::mutex mutex_;
};

}  // namespace cloister::broker

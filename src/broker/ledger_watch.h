// A broker's view of the ledger: every answer must extend what the broker saw before.
#pragma once

#include <mutex>

#include "crypto/random.h"
#include "ledger/client.h"
#include "store/store.h"

namespace cloister::broker {

// What one asks the ledger about, beside freshness.
struct LedgerQuestion {
  std::vector<contract::Digest> contracts;
  std::optional<std::string> run;
  std::vector<contract::AccountName> accounts;
};

// Keeps the newest tree head that it was shown, durably, and refuses a ledger that does not extend it: an older one
// (kStale) or another history (kUntrusted). Safe to use from several threads.
class LedgerWatch {
 public:
  // `store`, `client` and `random` outlive it. `max_age` is how old an answer may be by the owner's clock, and how far
  // ahead.
  LedgerWatch(store::Store& store, ledger::Client& client, ledger::LedgerTrust trust, Seconds max_age,
              crypto::RandomSource& random);

  // Asks with a nonce of its own. Success proves that the ledger answered just now, and extends all that was seen
  // before.
  Result<ledger::VerifiedFreshAnswer> Ask(const LedgerQuestion& question, Time now);
  // Checks an answer that somebody else got and shows: it must be recent, this broker's ledger must contain its tree, and
  // it must not be behind what this broker was told before (by the ledger's own times): kUntrusted, two histories.
  Result<ledger::VerifiedFreshAnswer> CheckShown(ByteSpan answer, std::span<const contract::Digest> contracts,
                                                 Time now);

  ledger::Client& client() { return client_; }
  const ledger::LedgerTrust& trust() const { return trust_; }

 private:
  // The newest head, and when the ledger said so.
  struct Seen {
    translog::TreeHead head;
    Time time;
  };
  static Bytes Encode(const Seen& seen);
  static Result<Seen> Decode(ByteSpan bytes);
  Result<std::optional<Seen>> Known();
  Result<void> CheckNotBehind(const ledger::VerifiedFreshAnswer& shown);
  Result<ledger::VerifiedFreshAnswer> AskWith(const LedgerQuestion& question, std::vector<translog::TreeHead> known,
                                              Time now);

  store::Store& store_;
  ledger::Client& client_;
  ledger::LedgerTrust trust_;
  Seconds max_age_;
  crypto::RandomSource& random_;
  std::mutex mutex_;
};

}  // namespace cloister::broker

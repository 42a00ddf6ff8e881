// The contract service: an append-only log of contracts, revocations, account entries and run reports, which refuses what
// does not fit, gives receipts, and says what holds now. Knows no HTTP (that is `service`).
#pragma once

#include <memory>

#include "audit/audit_log.h"
#include "contract/ledger_documents.h"
#include "ledger/trust.h"
#include "store/store.h"
#include "translog/log.h"

namespace cloister::ledger {

struct Registration {
  std::uint64_t index;
  Bytes receipt;  // COSE (RFC 9942)
};

// Safe to use from several threads.
class Ledger {
 public:
  // What the ledger works with. `keeper` remembers the last signed head apart from `store`; without it a store put back
  // from a backup could sign a fork. `audit` gets what is refused; what is admitted is on the log itself. `clock` outlives
  // the ledger.
  struct Parts {
    std::unique_ptr<store::Store> store;
    std::unique_ptr<translog::HeadKeeper> keeper;
    LedgerKeys keys;
    std::unique_ptr<audit::AuditLog> audit;
    const Clock& clock;
  };
  // Begins a new ledger where store and keeper are both empty: its first entry is its configuration. Otherwise continues.
  // Errors: kMismatch (other keys or origin than the configuration names), kStale (the store is older than the last signed
  // head), kUntrusted (a fork of it), kNotFound (the kept head is missing), kConflict (a kept head and an empty store).
  static Result<std::unique_ptr<Ledger>> Open(Parts parts);
  ~Ledger();

  // Puts a statement on the log if the rules for its type (README.md) admit it, and answers with a receipt. Durable before
  // it answers. The same bytes again give the same index. A refusal changes nothing; its code says which rule:
  // kMalformed, kUnsupported (a type that no rule is for), kUntrusted (signature), kMismatch (another ledger, party, key),
  // kExpired, kRevoked, kRefused (a rule says no), kNotFound (its contract is unknown), kConflict (forks and doubles),
  // kStale (an account's past), kReplayed (a run that was reported), kExhausted (spent more than reserved), kLimit.
  Result<Registration> Register(ByteSpan statement);

  // A COSE fresh answer over one moment of the ledger. kStale: a consistency size beyond the log; kLimit: too many questions.
  Result<Bytes> Fresh(const contract::FreshRequest& request);
  // A C2SP checkpoint with the ledger's timestamped cosignature.
  Result<std::string> Checkpoint();
  // kUsage: sizes out of order, or beyond the log.
  Result<translog::MerkleProof> Consistency(std::uint64_t from, std::uint64_t to);
  // A receipt of an entry over the log as it is now. kNotFound.
  Result<Bytes> Receipt(std::uint64_t index);
  // The statement at the entry that `query` (a signed read request) names. Contract statements, and what refers to them,
  // are shown to parties of the contract only; certifications and the configuration to any party of any contract.
  // kUntrusted (signature), kRefused (not a party), kExpired (its time is more than 300 s off), kReplayed, kNotFound.
  Result<Bytes> Read(ByteSpan query);

  LedgerTrust trust() const;
  Result<std::uint64_t> size();
  // Writes down how many refusals were too many to write down. To be called now and then.
  Result<void> Tend();

 private:
  struct State;
  explicit Ledger(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace cloister::ledger

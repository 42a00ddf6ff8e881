// What is known of one run once its records were verified. Plain values: that they hold is said by who hands them out
// (VerifiedRun, VerifiedRecords).
#pragma once

#include <optional>

#include "contract/run.h"

namespace cloister::report {

// An entry of the contract's ledger.
struct Entry {
  std::uint64_t index;
  Time time;  // when the ledger gave the receipt
};

// One party's signature of the contract.
struct Signature {
  std::string did;
  Time signed_at;
  contract::Digest sha256;  // of the COSE bytes
  Entry entry;
};

// One dataset's reservation and what stayed of it, by the broker of its provider.
struct Charge {
  contract::Reservation reserved;
  contract::Settlement settled;
};

// Who vouches for the room.
struct Hardware {
  std::string line;  // "Milan"
  std::string root;  // common name of the root certificate
  contract::Digest root_sha256;
  bool simulated;
  bool revocation_checked;
};

struct RunFacts {
  contract::Contract contract;
  contract::RunReport report;
  contract::Digest report_sha256;  // of its COSE bytes
  Entry entry;                     // of the run report
  contract::RunRequest request;
  contract::Certification certification;
  Hardware hardware;
  std::vector<Charge> charges;            // in the order of the contract's datasets
  std::vector<Signature> signatures;      // in the order of the contract's parties
  std::optional<contract::Scrub> scrub;
  std::optional<formats::Json> card;      // the training card, in the consumer's copy only
};

// How much was charged to one account before and after a run. The sequence numbers are the chain's.
struct BudgetChange {
  std::string broker;  // DID
  std::string account;
  contract::Charged before, after, total;
  std::uint64_t first_sequence, last_sequence;
  contract::Digest head;  // of the account after it
};
// Of each metered account, in the order of the contract's datasets. What other runs reserved meanwhile is in `after` too.
std::vector<BudgetChange> BudgetChanges(const RunFacts& facts);

}  // namespace cloister::report

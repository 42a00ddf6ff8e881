// `cloister ledger verify`, `cloister revoke`.
#pragma once

#include <string>

#include "commands/answer.h"

namespace cloister::commands {

struct LedgerVerifyOptions {
  std::string receipt;
  std::string statement;
  std::string ledger;  // the ledger's card, got from whom one trusts
  bool json = false;
};
// Works offline. kUntrusted, kMismatch: the receipt does not show that the statement is on this ledger.
Result<Answer> LedgerVerify(const LedgerVerifyOptions& options, Streams streams);

struct RevokeOptions {
  std::string party;
  std::string passphrase_file;
  std::string contract;
  std::string reason;
  std::string ledger;
  std::string output;   // the signed revocation; may be empty
  std::string receipt;  // may be empty
  std::string url;      // of the party's own broker, which is told first; may be empty
};
// Signs a revocation and puts it on the ledger, where no older copy of a broker's store can undo it. kRefused: the contract
// does not let the party revoke it.
Result<Answer> Revoke(const RevokeOptions& options, Streams streams);

}  // namespace cloister::commands

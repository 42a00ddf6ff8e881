// What the ledger says about this run's contract, now.
#pragma once

#include "crypto/random.h"
#include "ledger/client.h"
#include "room/given.h"

namespace cloister::room {

// Before anything is attested: every required signature is on the ledger (its receipt holds and the ledger's head extends
// it), the contract is active, the run request was never used, and contract, run request and certification are in date by
// the ledger's time. Returns the fresh answer, which brokers are shown.
// Errors: kUntrusted, kRevoked, kExpired, kReplayed, kRefused (not active), kUnavailable.
Result<ledger::VerifiedFreshAnswer> VerifyAgainstLedger(const Given& given, ledger::Client& ledger,
                                                        crypto::RandomSource& random);

// When all have reserved and before any key is asked for: by a new answer that extends `before`, this ledger has the entry of
// each of `reservations` (COSE, verified), so that it is the one which the brokers know, and the contract is still active.
// Errors: as above; kUntrusted (an entry is not there: the ledger shows us an older or another history), kStale.
Result<ledger::VerifiedFreshAnswer> CheckReserved(const Given& given, const ledger::VerifiedFreshAnswer& before,
                                                  std::span<const Bytes> reservations, ledger::Client& ledger,
                                                  crypto::RandomSource& random);

// Once more before anything leaves: still active, by a new answer of a ledger that extends what `before` said and is not
// earlier, and nobody reported this run meanwhile. Errors: as above; kStale, kUntrusted (another history).
Result<ledger::VerifiedFreshAnswer> CheckStillActive(const Given& given, const ledger::VerifiedFreshAnswer& before,
                                                     ledger::Client& ledger, crypto::RandomSource& random);

}  // namespace cloister::room

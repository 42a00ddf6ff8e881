// The room's states, in the only order in which they happen.
#pragma once

#include <array>
#include <string_view>

namespace cloister::room {

enum class State {
  kStart,     // read init-data and what the operator laid in /data
  kVerify,    // signatures, receipts, dates, revocations, against a fresh answer of the ledger
  kMakeKeys,  // an encryption key and a signing key that never leave
  kAttest,    // evidence over them, to each broker
  kReserve,   // a signed reservation of each broker, and no key
  kRelease,   // against all reservations: the pipeline's file key; where the contract permits it, all others
  kOpen,      // hash and decrypt the same private bytes
  kPrepare,   // contracted SQL, person cap
  kSplit,     // training and validation by a keyed hash of the person
  kTrain,
  kGate,      // contract and revocation once more; serialize and encrypt the outputs
  kRecord,    // run report on the ledger, settlements of the brokers
  kHandOver,  // the ciphertexts leave
  kScrub,     // keys and plaintext are overwritten, and a statement says so
};

inline constexpr std::array kStates = {State::kStart,   State::kVerify, State::kMakeKeys, State::kAttest, State::kReserve,
                                       State::kRelease, State::kOpen,   State::kPrepare,  State::kSplit,  State::kTrain,
                                       State::kGate,    State::kRecord, State::kHandOver, State::kScrub};

// "start", "verify", "make-keys", …
std::string_view StateName(State state);
// One line for people: what happens in it.
std::string_view StateText(State state);

// From opening on, a failure says one thing only: what went wrong could carry data out.
constexpr bool IsPrivate(State state) { return state >= State::kOpen && state <= State::kGate; }

}  // namespace cloister::room

#include "room/state.h"

namespace cloister::room {

std::string_view StateName(State state) {
  switch (state) {
    case State::kStart: return "start";
    case State::kVerify: return "verify";
    case State::kMakeKeys: return "make-keys";
    case State::kAttest: return "attest";
    case State::kReserve: return "reserve";
    case State::kRelease: return "release";
    case State::kOpen: return "open";
    case State::kPrepare: return "prepare";
    case State::kSplit: return "split";
    case State::kTrain: return "train";
    case State::kGate: return "gate";
    case State::kRecord: return "record";
    case State::kHandOver: return "hand-over";
    case State::kScrub: return "scrub";
  }
  return "unknown";
}

std::string_view StateText(State state) {
  switch (state) {
    case State::kStart: return "reads its init-data and what the operator laid ready";
    case State::kVerify: return "checks signatures, receipts, dates and revocation against the ledger";
    case State::kMakeKeys: return "makes an encryption key and a signing key";
    case State::kAttest: return "shows evidence over its keys to every broker";
    case State::kReserve: return "asks every broker for a reservation";
    case State::kRelease: return "opens and checks the pipeline, then asks for the other file keys against all reservations";
    case State::kOpen: return "hashes and decrypts the sealed data in private memory";
    case State::kPrepare: return "runs the contracted SQL over the permitted columns";
    case State::kSplit: return "splits people into training and validation by a keyed hash";
    case State::kTrain: return "trains with privacy";
    case State::kGate: return "checks the contract once more and seals the contracted outputs";
    case State::kRecord: return "puts the run report on the ledger and settles with the brokers";
    case State::kHandOver: return "hands the sealed outputs over";
    case State::kScrub: return "wipes keys and opened data, and signs a statement of what it overwrote";
  }
  return "unknown";
}

}  // namespace cloister::room

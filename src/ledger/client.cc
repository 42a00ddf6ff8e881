#include "ledger/client.h"

#include "ledger/ledger.h"

namespace cloister::ledger {

using contract::ContractState;
using contract::FreshAnswer;

namespace {

Error Mismatch(std::string message) { return Error(ErrorCode::kMismatch, "fresh answer: " + std::move(message)); }

Result<void> CheckWindow(Time time, const FreshnessWindow& window) {
  if (time < window.now - window.max_age) {
    return Error(ErrorCode::kStale, "fresh answer: expected one of the last " + std::to_string(window.max_age.count()) +
                                        " s, got one from " + ToRfc3339(time));
  }
  if (time > window.now + window.max_ahead) {
    return Error(ErrorCode::kExpired, "fresh answer: is dated " + ToRfc3339(time) + ", ahead of our clock");
  }
  return {};
}

Result<void> CheckAnswers(const FreshAnswer& answer, const contract::FreshRequest& request) {
  if (answer.nonce != request.nonce) return Mismatch("has another nonce");
  for (const contract::Digest& digest : request.contracts) {
    if (answer.StatusOf(digest) == nullptr) return Mismatch("says nothing on a contract that was asked for");
  }
  for (const contract::AccountName& name : request.accounts) {
    if (answer.HeadOf(name) == nullptr) return Mismatch("says nothing on an account that was asked for");
  }
  if (request.run && (!answer.run || answer.run->run != *request.run)) return Mismatch("says nothing on the run");
  return {};
}

Result<void> CheckExtends(const FreshAnswer& answer, const translog::TreeHead& head,
                          std::span<const translog::TreeHead> known) {
  for (const translog::TreeHead& earlier : known) {
    if (earlier.size > head.size) {
      return Error(ErrorCode::kStale, "fresh answer: the ledger has " + std::to_string(head.size) +
                                          " entries, and was known to have " + std::to_string(earlier.size));
    }
    const FreshAnswer::Consistency* proof = answer.ConsistencyFrom(earlier.size);
    if (proof == nullptr) return Mismatch("no consistency proof for a known head");
    TRY_WITH("fresh answer", translog::VerifyConsistency(earlier, head, proof->proof));
  }
  return {};
}

}  // namespace

VerifiedFreshAnswer::VerifiedFreshAnswer(FreshAnswer answer, translog::VerifiedCheckpoint checkpoint, ByteSpan cose)
    : answer_(std::move(answer)), checkpoint_(std::move(checkpoint)), cose_(ToBytes(cose)) {}

Result<void> VerifiedFreshAnswer::CheckActive(const contract::Digest& contract) const {
  const FreshAnswer::ContractStatus* status = answer_.StatusOf(contract);
  if (status == nullptr) return Mismatch("says nothing on the contract");
  std::string message = "contract: expected active, the ledger says " + std::string(ContractStateName(status->state));
  switch (status->state) {
    case ContractState::kActive: return {};
    case ContractState::kRevoked:
      if (status->revocation) message += " by " + status->revocation->by;
      return Error(ErrorCode::kRevoked, std::move(message));
    case ContractState::kExpired:
    case ContractState::kNotYet: return Error(ErrorCode::kExpired, std::move(message));
    case ContractState::kUnknown: return Error(ErrorCode::kNotFound, std::move(message));
    case ContractState::kSignedInPart:
      for (const std::string& did : status->missing) message += ", no signature of " + did;
      return Error(ErrorCode::kRefused, std::move(message));
    case ContractState::kSuperseded: break;
  }
  return Error(ErrorCode::kRefused, std::move(message));
}

// Verifies what every fresh answer must have, whoever asked for it.
class FreshAnswerVerifier {
 public:
  static Result<VerifiedFreshAnswer> Verify(ByteSpan cose, const LedgerTrust& trust) {
    const auto answer =
        TRY_WITH("fresh answer", contract::VerifyDocument<FreshAnswer>(cose, trust.keys, trust.origin));
    if (answer->origin != trust.origin) return Mismatch("names another origin");
    auto checkpoint = TRY_WITH("fresh answer", translog::VerifyTimedCheckpoint(answer->checkpoint, trust.origin, trust.log,
                                                                               trust.cosigner));
    if (checkpoint.time() != answer->time) return Mismatch("its checkpoint has another time");
    return VerifiedFreshAnswer(*answer, std::move(checkpoint), cose);
  }
};

Result<VerifiedFreshAnswer> VerifyFreshAnswerByNonceOnly(ByteSpan cose, const LedgerTrust& trust,
                                                         const contract::FreshRequest& request,
                                                         std::span<const translog::TreeHead> known) {
  auto out = TRY(FreshAnswerVerifier::Verify(cose, trust));
  TRY(CheckAnswers(out.answer(), request));
  TRY(CheckExtends(out.answer(), out.checkpoint().head(), known));
  return out;
}

Result<VerifiedFreshAnswer> VerifyFreshAnswer(ByteSpan cose, const LedgerTrust& trust, const contract::FreshRequest& request,
                                              std::span<const translog::TreeHead> known, const FreshnessWindow& window) {
  auto out = TRY(VerifyFreshAnswerByNonceOnly(cose, trust, request, known));
  TRY(CheckWindow(out.time(), window));
  return out;
}

Result<VerifiedFreshAnswer> VerifyShownFreshAnswer(ByteSpan cose, const LedgerTrust& trust,
                                                   std::span<const contract::Digest> contracts,
                                                   const FreshnessWindow& window) {
  auto out = TRY(FreshAnswerVerifier::Verify(cose, trust));
  for (const contract::Digest& digest : contracts) {
    if (out.answer().StatusOf(digest) == nullptr) return Mismatch("says nothing on a contract");
  }
  TRY(CheckWindow(out.time(), window));
  return out;
}

Result<translog::VerifiedReceipt> VerifyReceipt(ByteSpan receipt, ByteSpan statement, const LedgerTrust& trust) {
  auto out = TRY(translog::VerifyInclusionReceipt(receipt, statement, trust.ReceiptKeys()));
  if (out.issuer() != trust.origin) return Error(ErrorCode::kMismatch, "receipt: names another issuer than the ledger");
  if (!out.place_is_signed()) return Error(ErrorCode::kUntrusted, "receipt: does not sign the entry's place");
  return out;
}

Result<Bytes> LocalClient::Register(ByteSpan statement) {
  Registration registration = TRY(ledger_.Register(statement));
  return std::move(registration.receipt);
}
Result<Bytes> LocalClient::Fresh(const contract::FreshRequest& request) { return ledger_.Fresh(request); }
Result<std::string> LocalClient::Checkpoint() { return ledger_.Checkpoint(); }
Result<translog::MerkleProof> LocalClient::Consistency(std::uint64_t from, std::uint64_t to) {
  return ledger_.Consistency(from, to);
}

}  // namespace cloister::ledger

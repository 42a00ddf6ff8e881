// How the broker and the room talk to a ledger, and how they check what it answers.
#pragma once

#include "contract/ledger_documents.h"
#include "ledger/trust.h"

namespace cloister::ledger {

// What comes back is unverified bytes: use VerifyFreshAnswer, VerifyReceipt and translog::VerifyTimedCheckpoint.
// The HTTP implementation is in `service`. Errors are the ledger's own (its refusals keep their codes), or kUnavailable.
class Client {
 public:
  virtual ~Client() = default;
  // Puts a statement (COSE_Sign1) on the ledger; the answer is its COSE receipt. Safe to repeat with the same bytes.
  virtual Result<Bytes> Register(ByteSpan statement) = 0;
  // A COSE fresh answer.
  virtual Result<Bytes> Fresh(const contract::FreshRequest& request) = 0;
  // A C2SP checkpoint with the ledger's cosignature.
  virtual Result<std::string> Checkpoint() = 0;
  virtual Result<translog::MerkleProof> Consistency(std::uint64_t from, std::uint64_t to) = 0;
};

// What the ledger said about the questions of one request. Only the Verify functions below make one.
class VerifiedFreshAnswer {
 public:
  const contract::FreshAnswer& answer() const { return answer_; }
  const translog::VerifiedCheckpoint& checkpoint() const { return checkpoint_; }
  // When the ledger says that all of this held.
  Time time() const { return answer_.time; }
  const Bytes& cose() const { return cose_; }

  // The contract is active. kRevoked, kExpired, or kRefused with the state and who has not signed.
  Result<void> CheckActive(const contract::Digest& contract) const;

 private:
  friend class FreshAnswerVerifier;
  VerifiedFreshAnswer(contract::FreshAnswer answer, translog::VerifiedCheckpoint checkpoint, ByteSpan cose);
  contract::FreshAnswer answer_;
  translog::VerifiedCheckpoint checkpoint_;
  Bytes cose_;
};

// By the caller's own clock: the answer's time must lie in [now - max_age, now + max_ahead].
struct FreshnessWindow {
  Time now;
  Seconds max_age;
  Seconds max_ahead;
};

// Success proves that the ledger answered exactly this request, after its nonce was made, that the answer's time lies in the
// window, and that its log extends each head of `known`, whose sizes `request.consistency_from` must list.
// Errors: kMalformed; kUntrusted (signature, checkpoint, or `known` is not extended: a fork); kMismatch (another nonce,
// origin, question); kStale (older than the window, or smaller than a known head); kExpired (ahead of the window).
Result<VerifiedFreshAnswer> VerifyFreshAnswer(ByteSpan cose, const LedgerTrust& trust, const contract::FreshRequest& request,
                                              std::span<const translog::TreeHead> known,
                                              const FreshnessWindow& window);
// The same for a caller without a clock that it can trust, such as the room: only the nonce says that it is fresh.
Result<VerifiedFreshAnswer> VerifyFreshAnswerByNonceOnly(ByteSpan cose, const LedgerTrust& trust,
                                                         const contract::FreshRequest& request,
                                                         std::span<const translog::TreeHead> known);

// Verifies somebody else's fresh answer, such as the one that a room shows to a broker: whatever it was asked, it must say
// something on each of `contracts`. The nonce was not the caller's, so only the window says that it is fresh.
Result<VerifiedFreshAnswer> VerifyShownFreshAnswer(ByteSpan cose, const LedgerTrust& trust,
                                                   std::span<const contract::Digest> contracts,
                                                   const FreshnessWindow& window);

// Success proves that `statement` is on the ledger. kMismatch: the receipt's issuer is another origin; others as
// translog::VerifyInclusionReceipt.
Result<translog::VerifiedReceipt> VerifyReceipt(ByteSpan receipt, ByteSpan statement, const LedgerTrust& trust);

class Ledger;

// Calls a ledger in the same process: for tests and the demonstration. The ledger outlives it.
class LocalClient final : public Client {
 public:
  explicit LocalClient(Ledger& ledger) : ledger_(ledger) {}
  Result<Bytes> Register(ByteSpan statement) override;
  Result<Bytes> Fresh(const contract::FreshRequest& request) override;
  Result<std::string> Checkpoint() override;
  Result<translog::MerkleProof> Consistency(std::uint64_t from, std::uint64_t to) override;

 private:
  Ledger& ledger_;
};

}  // namespace cloister::ledger

// COSE receipts (RFC 9942) over RFC 9162 trees with SHA-256 (verifiable data structure 1).
#pragma once

#include <optional>

#include "base/time.h"
#include "token/cose_key.h"
#include "translog/merkle.h"

namespace cloister::translog {

inline constexpr std::size_t kMaxReceiptBytes = 16u << 10;

// Whose receipts: `issuer` (CWT claim 1) is the log's origin. The key is borrowed.
struct ReceiptIssuer {
  std::string issuer;
  Bytes kid;
  const crypto::SigningKey& key;
};

// That a statement is in a log. Only VerifyInclusionReceipt makes one.
class VerifiedReceipt {
 public:
  // The tree that the receipt was given over, and where the entry stands in it. RFC 9942 signs the root only; size and
  // index are proved where place_is_signed(), as in all receipts that IssueInclusionReceipt makes.
  const TreeHead& head() const { return head_; }
  std::uint64_t index() const { return index_; }
  bool place_is_signed() const { return place_is_signed_; }
  const Bytes& kid() const { return kid_; }
  // As the signed header says; empty, or none, where it says nothing.
  const std::string& issuer() const { return issuer_; }
  const std::optional<Time>& issued_at() const { return issued_at_; }

 private:
  friend Result<VerifiedReceipt> VerifyInclusionReceipt(ByteSpan, ByteSpan, std::span<const token::CoseKey>);
  TreeHead head_;
  std::uint64_t index_ = 0;
  bool place_is_signed_ = false;
  Bytes kid_;
  std::string issuer_;
  std::optional<Time> issued_at_;
};

// That a log grew from one head to another. Only VerifyConsistencyReceipt makes one.
class VerifiedExtension {
 public:
  const TreeHead& earlier() const { return earlier_; }
  // Its size is proved where place_is_signed(), as in VerifiedReceipt.
  const TreeHead& later() const { return later_; }
  bool place_is_signed() const { return place_is_signed_; }

 private:
  friend Result<VerifiedExtension> VerifyConsistencyReceipt(ByteSpan, const TreeHead&, std::span<const token::CoseKey>);
  TreeHead earlier_;
  TreeHead later_;
  bool place_is_signed_ = false;
};

// What goes into the log for `statement`, a COSE_Sign1 with tag 18: the same with an empty unprotected header, encoded
// deterministically. RFC 9942 leaves this to the service; this is our rule. kMalformed: not such a COSE_Sign1.
Result<Bytes> EntryOfStatement(ByteSpan statement);

// The root is signed and left out of the message; the proof travels in header 396. `proof` is that of RFC 9162 for `index`
// in `head`. kUsage: it is not. A tree of one entry has no proof that RFC 9942's CDDL allows: logs begin with a genesis
// entry, and receipts for it are asked for once there is a second one (we give and take the empty path all the same).
Result<Bytes> IssueInclusionReceipt(const ReceiptIssuer& issuer, const Hash& leaf, std::uint64_t index,
                                    const TreeHead& head, const MerkleProof& proof, Time now);
// The later root is attached. kUsage: `proof` does not lead from `earlier` to `later`.
Result<Bytes> IssueConsistencyReceipt(const ReceiptIssuer& issuer, const TreeHead& earlier, const TreeHead& later,
                                      const MerkleProof& proof, Time now);

// Success proves that the owner of the key that `kid` names put the statement's entry into its log: index(), head(). The
// statement's own signature is not looked at. Takes the root detached or, where it is the right one, attached. Several
// proofs must all lead to one root. Errors: kMalformed; kUnsupported (another data structure than 1, an unknown critical
// header, an algorithm other than the key's); kUntrusted (unknown kid, path or signature that does not hold); kLimit.
Result<VerifiedReceipt> VerifyInclusionReceipt(ByteSpan receipt, ByteSpan statement, std::span<const token::CoseKey> keys);
// Success proves that the log of the key's owner extends `earlier`. Takes the later root attached or detached.
Result<VerifiedExtension> VerifyConsistencyReceipt(ByteSpan receipt, const TreeHead& earlier,
                                                   std::span<const token::CoseKey> keys);

}  // namespace cloister::translog

// Checkpoints (C2SP tlog-checkpoint): a tree head as a signed note, with the ledger's own timestamped cosignature.
#pragma once

#include "translog/merkle.h"
#include "translog/note.h"

namespace cloister::translog {

// A tree head that the log's key signed. Only VerifyCheckpoint and VerifyTimedCheckpoint make one.
class VerifiedCheckpoint {
 public:
  const std::string& origin() const { return origin_; }
  const TreeHead& head() const { return head_; }
  std::uint64_t size() const { return head_.size; }
  const Hash& root() const { return head_.root; }
  // Lines after the root, without their newlines; covered by the signature, given no meaning here.
  const std::vector<std::string>& extensions() const { return extensions_; }
  // When the cosigner says that it saw this head; always there after VerifyTimedCheckpoint, never otherwise.
  const std::optional<Time>& time() const { return time_; }

 private:
  friend Result<VerifiedCheckpoint> VerifyCheckpoint(std::string_view, std::string_view, const NoteVerifier&);
  friend Result<VerifiedCheckpoint> VerifyTimedCheckpoint(std::string_view, std::string_view, const NoteVerifier&,
                                                          const NoteVerifier&);
  static Result<VerifiedCheckpoint> FromVerifiedText(std::string_view text, std::string_view origin);
  std::string origin_;
  TreeHead head_;
  std::vector<std::string> extensions_;
  std::optional<Time> time_;
};

// Success proves that the owner of `log` signed this head for `origin`; not that it is the latest, nor that others were
// shown the same. Errors: kMalformed; kUntrusted (signature); kMismatch (another origin); kLimit.
Result<VerifiedCheckpoint> VerifyCheckpoint(std::string_view note, std::string_view origin, const NoteVerifier& log);
// As VerifyCheckpoint, and proves that the owner of `cosigner` says to have seen it at time().
// kUntrusted also: no cosignature. The caller judges time() by its own clock.
Result<VerifiedCheckpoint> VerifyTimedCheckpoint(std::string_view note, std::string_view origin, const NoteVerifier& log,
                                                 const NoteVerifier& cosigner);

// The note over `head`, signed by `log` and cosigned by `cosigner` at `now`. kUsage: an origin that is no line of text,
// or keys of the wrong type.
Result<std::string> SignCheckpoint(std::string_view origin, const TreeHead& head, const NoteSigner& log,
                                   const NoteSigner& cosigner, Time now);

// What one who kept `known` demands of a newer head. Success proves that `next` extends it, so `next` may be kept in its
// place. kMismatch: another origin; kStale: smaller; kUntrusted: same size with another root, or no proof of extension.
Result<void> VerifyExtends(const VerifiedCheckpoint& known, const VerifiedCheckpoint& next, const MerkleProof& proof);

}  // namespace cloister::translog

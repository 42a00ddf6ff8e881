#include "translog/checkpoint.h"

#include "translog/internal/text.h"

namespace cloister::translog {
namespace {

Error Malformed(std::string message) { return Error(ErrorCode::kMalformed, std::move(message)); }

// Cuts the first line off `*text`; none where no newline is left.
std::optional<std::string_view> TakeLine(std::string_view* text) {
  const std::size_t end = text->find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view line = text->substr(0, end);
  text->remove_prefix(end + 1);
  return line;
}

}  // namespace

Result<VerifiedCheckpoint> VerifiedCheckpoint::FromVerifiedText(std::string_view text, std::string_view origin) {
  const auto stated = TakeLine(&text);
  const auto size = TakeLine(&text);
  const auto root = TakeLine(&text);
  if (!root) return Malformed("checkpoint: expected at least three lines");
  if (stated->empty()) return Malformed("checkpoint: empty origin");
  if (*stated != origin) return Error(ErrorCode::kMismatch, "checkpoint: another origin than the expected one");
  VerifiedCheckpoint out;
  out.origin_ = std::string(origin);
  out.head_.size = TRY_WITH("checkpoint: tree size", ParseDecimal(*size));
  const Bytes root_bytes = TRY_WITH("checkpoint: root", FromBase64(*root));
  out.head_.root = TRY_WITH("checkpoint: root", ToArray<32>(root_bytes));
  if (out.head_.size == 0 && out.head_.root != EmptyRoot()) {
    return Malformed("checkpoint: empty tree with another root than that of an empty tree");
  }
  while (const auto line = TakeLine(&text)) {
    if (line->empty()) return Malformed("checkpoint: empty extension line");
    out.extensions_.emplace_back(*line);
  }
  return out;
}

Result<VerifiedCheckpoint> VerifyCheckpoint(std::string_view note, std::string_view origin, const NoteVerifier& log) {
  if (log.type() != NoteKeyType::kEd25519) return Error(ErrorCode::kUsage, "checkpoint: a log's key has type 1");
  const VerifiedNote verified = TRY_WITH("checkpoint", VerifyNote(note, {&log, 1}));
  return VerifiedCheckpoint::FromVerifiedText(verified.text(), origin);
}

Result<VerifiedCheckpoint> VerifyTimedCheckpoint(std::string_view note, std::string_view origin, const NoteVerifier& log,
                                                 const NoteVerifier& cosigner) {
  if (log.type() != NoteKeyType::kEd25519 || cosigner.type() != NoteKeyType::kCosignature) {
    return Error(ErrorCode::kUsage, "checkpoint: a log's key has type 1, a cosigner's type 4");
  }
  const NoteVerifier keys[] = {log, cosigner};
  const VerifiedNote verified = TRY_WITH("checkpoint", VerifyNote(note, keys));
  if (verified.Find(log) == nullptr) return Error(ErrorCode::kUntrusted, "checkpoint: not signed by the log");
  const VerifiedNote::Signer* cosigned = verified.Find(cosigner);
  if (cosigned == nullptr) return Error(ErrorCode::kUntrusted, "checkpoint: no timestamped cosignature");
  auto out = TRY(VerifiedCheckpoint::FromVerifiedText(verified.text(), origin));
  out.time_ = cosigned->time;
  return out;
}

Result<std::string> SignCheckpoint(std::string_view origin, const TreeHead& head, const NoteSigner& log,
                                   const NoteSigner& cosigner, Time now) {
  if (log.verifier().type() != NoteKeyType::kEd25519 || cosigner.verifier().type() != NoteKeyType::kCosignature) {
    return Error(ErrorCode::kUsage, "checkpoint: a log's key has type 1, a cosigner's type 4");
  }
  if (origin.empty() || origin.find('\n') != std::string_view::npos) {
    return Error(ErrorCode::kUsage, "checkpoint: an origin is one line of text");
  }
  const std::string text =
      std::string(origin) + "\n" + std::to_string(head.size) + "\n" + ToBase64(head.root) + "\n";
  const NoteSigner* const signers[] = {&log, &cosigner};
  return SignNote(text, signers, now);
}

Result<void> VerifyExtends(const VerifiedCheckpoint& known, const VerifiedCheckpoint& next, const MerkleProof& proof) {
  if (known.origin() != next.origin()) return Error(ErrorCode::kMismatch, "checkpoint: of another log");
  if (next.size() < known.size()) {
    return Error(ErrorCode::kStale, "checkpoint: expected at least " + std::to_string(known.size()) +
                                        " entries, got " + std::to_string(next.size()));
  }
  return VerifyConsistency(known.head(), next.head(), proof);
}

}  // namespace cloister::translog

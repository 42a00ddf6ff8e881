#include "token/cose_view.h"

#include "token/internal/cose_headers.h"

namespace cloister::token {
namespace {

using formats::CborView;

constexpr std::uint64_t kSign1Tag = 18;
constexpr formats::CborLimits kLimits{.max_bytes = kMaxCoseBytes, .max_items = 1024};

}  // namespace

Result<UnverifiedCose1View> UnverifiedCose1View::Read(ByteSpan bytes, Scratch& scratch) {
  const CborView message = TRY(scratch.message.Decode(bytes, internal::CborFormOf(CoseForm::kAny), kLimits));
  auto part = TRY(TRY(internal::Untag(message, kSign1Tag, CoseForm::kAny)).AsArrayOf(4)).begin();
  const CborView protected_value = *part++, unprotected = *part++;
  const auto read =
      TRY(internal::ReadHeaders(protected_value, unprotected, CoseForm::kAny, kLimits, scratch.protected_header));
  const auto payload = TRY(internal::ReadPayload(*part++));
  const ByteSpan signature = TRY_WITH("signature", (*part).AsBytes());
  return UnverifiedCose1View(scratch, read.headers, read.bytes, unprotected, payload, signature);
}

Result<UnverifiedCose1View> UnverifiedCose1View::Parse(ByteSpan message, Scratch& scratch) {
  return TRY_WITH("COSE_Sign1", Read(message, scratch));
}

std::optional<CborView> UnverifiedCose1View::Protected(std::int64_t label) const {
  return protected_ ? protected_->Find(label) : std::nullopt;
}

Result<void> UnverifiedCose1View::Verify(const crypto::VerifyingKey& key) const {
  auto algorithm = Protected(kCoseAlgorithmLabel);
  if (!algorithm) algorithm = unprotected_.Find(kCoseAlgorithmLabel);
  if (!algorithm || !(formats::CborKey(CoseAlgorithm(key.algorithm())) == *algorithm)) {
    return Error(ErrorCode::kMismatch, "COSE_Sign1: \"alg\" is not the key's");
  }
  if (Protected(kCoseCriticalLabel) || unprotected_.Find(kCoseCriticalLabel)) {
    return Error(ErrorCode::kUnsupported, "COSE_Sign1: crit: names a label that we do not process");
  }
  if (!payload_) return Error(ErrorCode::kMismatch, "COSE_Sign1: the payload is detached");
  Bytes& bytes = scratch_->signed_bytes;
  bytes.clear();
  internal::AppendSigStructure(bytes, protected_bytes_, {}, *payload_);
  return key.Verify(bytes, signature_);
}

}  // namespace cloister::token

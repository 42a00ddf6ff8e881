#include "token/cose_view.h"

#include "token/cose.h"

namespace cloister::token {
namespace {

using formats::CborForm;
using formats::CborType;
using formats::CborView;

constexpr std::uint64_t kSign1Tag = 18;
constexpr formats::CborLimits kLimits{.max_bytes = kMaxCoseBytes, .max_items = 1024};
constexpr std::string_view kContext = "Signature1";

Result<void> CheckLabels(const CborView& headers, std::string_view which) {
  const CborView::Items items = TRY_WITH(which, headers.AsMap());
  for (auto at = items.begin(); at != items.end(); ++at) {
    const CborType type = (*at++).type();
    if (type == CborType::kUnsigned || type == CborType::kNegative || type == CborType::kText) continue;
    return Error(ErrorCode::kMalformed, "header: expected integers and texts as labels").With(which);
  }
  return {};
}

Result<void> RefuseLabelsInBoth(const CborView& headers, const CborView& unprotected) {
  const CborView::Items items = TRY(headers.AsMap());
  for (auto at = items.begin(); at != items.end(); ++at) {
    if (unprotected.Contains(*at++)) return Error(ErrorCode::kMalformed, "header: a label in both buckets");
  }
  return {};
}

}  // namespace

Result<Cose1View> Cose1View::Parse(ByteSpan bytes, Scratch& scratch) {
  const CborView message = TRY_WITH("COSE_Sign1", scratch.message.Decode(bytes, CborForm::kAnyWellFormed, kLimits));
  const CborView content = message.tag() ? TRY_WITH("COSE_Sign1", message.AsTagged(kSign1Tag)) : message;
  auto part = TRY_WITH("COSE_Sign1", content.AsArrayOf(4)).begin();
  ByteSpan protected_bytes = TRY_WITH("COSE_Sign1: protected header", (*part++).AsBytes());
  const CborView unprotected = *part++;
  TRY_WITH("COSE_Sign1", CheckLabels(unprotected, "unprotected"));
  std::optional<CborView> headers;
  if (!protected_bytes.empty()) {
    headers = TRY_WITH("COSE_Sign1: protected header",
                       scratch.protected_header.Decode(protected_bytes, CborForm::kAnyWellFormed, kLimits));
    TRY_WITH("COSE_Sign1", CheckLabels(*headers, "protected"));
    TRY_WITH("COSE_Sign1", RefuseLabelsInBoth(*headers, unprotected));
    // RFC 9052 §3: an empty map is signed as an empty string.
    if (TRY(headers->AsMap()).empty()) protected_bytes = {};
  }
  const CborView payload = *part++;
  std::optional<ByteSpan> attached;
  if (!payload.is_null()) attached = TRY_WITH("COSE_Sign1: payload", payload.AsBytes());
  const ByteSpan signature = TRY_WITH("COSE_Sign1: signature", (*part).AsBytes());
  return Cose1View(scratch, headers, protected_bytes, unprotected, attached, signature);
}

std::optional<CborView> Cose1View::Protected(std::int64_t label) const {
  return protected_ ? protected_->Find(label) : std::nullopt;
}

Result<void> Cose1View::Verify(const crypto::VerifyingKey& key) const {
  auto algorithm = Protected(kCoseAlgorithmLabel);
  if (!algorithm) algorithm = unprotected_.Find(kCoseAlgorithmLabel);
  if (!algorithm || !(formats::CborKey(CoseAlgorithm(key.algorithm())) == *algorithm)) {
    return Error(ErrorCode::kMismatch, "COSE_Sign1: \"alg\" is not the key's");
  }
  if (Protected(kCoseCriticalLabel) || unprotected_.Find(kCoseCriticalLabel)) {
    return Error(ErrorCode::kUnsupported, "COSE_Sign1: crit: names a label that we do not process");
  }
  if (!payload_) return Error(ErrorCode::kMismatch, "COSE_Sign1: the payload is detached");
  // RFC 9052 §4.4
  Bytes& bytes = scratch_->signed_bytes;
  bytes.clear();
  formats::AppendCborArrayHead(bytes, 4);
  formats::AppendCborText(bytes, kContext);
  formats::AppendCborBytes(bytes, protected_bytes_);
  formats::AppendCborBytes(bytes, {});
  formats::AppendCborBytes(bytes, *payload_);
  return key.Verify(bytes, signature_);
}

}  // namespace cloister::token

#include "token/internal/cose_headers.h"

#include <algorithm>

namespace cloister::token::internal {
namespace {

using formats::Cbor;
using formats::CborForm;
using formats::CborType;
using formats::CborView;

Result<void> CheckLabels(const CborView& headers) {
  const CborView::Items items = TRY(headers.AsMap());
  for (auto at = items.begin(); at != items.end(); ++at) {
    const CborType type = (*at++).type();
    if (type != CborType::kUnsigned && type != CborType::kNegative && type != CborType::kText) {
      return Error(ErrorCode::kMalformed, "header: expected integers and texts as labels");
    }
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

const Cbor* CoseBuckets::Find(std::int64_t label) const {
  const Cbor* found = protected_headers.Find(label);
  return found != nullptr ? found : unprotected_headers.Find(label);
}

CborForm CborFormOf(CoseForm form) {
  return form == CoseForm::kOurs ? CborForm::kDeterministic : CborForm::kAnyWellFormed;
}

Result<CoseProtected> ReadHeaders(const CborView& protected_value, const CborView& unprotected, CoseForm form,
                                  const formats::CborLimits& limits, formats::CborTape& tape) {
  CoseProtected read;
  read.bytes = TRY_WITH("protected header", protected_value.AsBytes());
  TRY_WITH("unprotected", CheckLabels(unprotected));
  if (read.bytes.empty()) return read;
  read.headers = TRY_WITH("protected header", tape.Decode(read.bytes, CborFormOf(form), limits));
  TRY_WITH("protected", CheckLabels(*read.headers));
  TRY(RefuseLabelsInBoth(*read.headers, unprotected));
  if (TRY(read.headers->AsMap()).empty()) read.bytes = {};
  return read;
}

Result<CoseBuckets> ParseBuckets(const CborView& protected_value, const CborView& unprotected, CoseForm form) {
  formats::CborTape tape;
  const CoseProtected read = TRY(ReadHeaders(protected_value, unprotected, form, {}, tape));
  CoseBuckets buckets;
  buckets.protected_bytes = ToBytes(read.bytes);
  buckets.protected_headers = read.headers ? read.headers->ToCbor() : Cbor(Cbor::Map{});
  buckets.unprotected_headers = unprotected.ToCbor();
  return buckets;
}

Result<CborView> Untag(const CborView& message, std::uint64_t tag, CoseForm form) {
  if (form == CoseForm::kAny && !message.tag()) return message;
  return message.AsTagged(tag);
}

void AppendSigStructure(Bytes& out, ByteSpan protected_bytes, ByteSpan external_aad, ByteSpan payload) {
  formats::AppendCborArrayHead(out, 4);
  formats::AppendCborText(out, "Signature1");
  formats::AppendCborBytes(out, protected_bytes);
  formats::AppendCborBytes(out, external_aad);
  formats::AppendCborBytes(out, payload);
}

Result<Bytes> KeyIdOf(const Cbor* value) {
  if (value == nullptr) return Bytes();
  return ToBytes(TRY_WITH("kid", value->AsBytes()));
}

Result<void> CheckAlgorithm(const CoseBuckets& buckets, const crypto::VerifyingKey& key, CoseForm form) {
  const Cbor* found =
      form == CoseForm::kOurs ? buckets.protected_headers.Find(kCoseAlgorithmLabel) : buckets.Find(kCoseAlgorithmLabel);
  if (found == nullptr || !(*found == Cbor(CoseAlgorithm(key.algorithm())))) {
    return Error(ErrorCode::kMismatch, "\"alg\" is not the key's");
  }
  return {};
}

Result<void> CheckCritical(const CoseBuckets& buckets, const Cose1Expectations& expected) {
  if (buckets.unprotected_headers.Find(kCoseCriticalLabel) != nullptr) {
    return Error(ErrorCode::kMalformed, "crit: not in the protected header");
  }
  const Cbor* critical = buckets.protected_headers.Find(kCoseCriticalLabel);
  if (critical == nullptr) return {};
  const Cbor::Array& labels = *TRY_WITH("crit", critical->AsArray());
  if (labels.empty()) return Error(ErrorCode::kMalformed, "crit: is empty");
  std::vector<Cbor> understood = expected.understood;
  for (const std::int64_t label : {1, 2, 3, 4, 15}) understood.emplace_back(label);
  for (const Cbor& label : labels) {
    if (buckets.protected_headers.Find(label) == nullptr) {
      return Error(ErrorCode::kMalformed, "crit: names a label that is not there");
    }
    if (std::find(understood.begin(), understood.end(), label) == understood.end()) {
      return Error(ErrorCode::kUnsupported, "crit: names a label that we do not process");
    }
  }
  return {};
}

Result<ByteSpan> PayloadOf(const std::optional<ByteSpan>& attached, const Cose1Expectations& expected) {
  if (attached && expected.detached_payload) {
    return Error(ErrorCode::kMismatch, "expected a detached payload, got an attached one");
  }
  if (attached) return *attached;
  if (expected.detached_payload) return *expected.detached_payload;
  return Error(ErrorCode::kMismatch, "the payload is detached");
}

Result<std::optional<ByteSpan>> ReadPayload(const CborView& value) {
  if (value.is_null()) return std::optional<ByteSpan>();
  return std::optional(TRY_WITH("payload", value.AsBytes()));
}

}  // namespace cloister::token::internal

#include "token/internal/cose_headers.h"

#include <algorithm>

namespace cloister::token::internal {
namespace {

using formats::Cbor;
using formats::CborForm;
using formats::CborType;

Result<void> CheckLabels(const Cbor& headers) {
  for (const auto& [label, value] : *TRY(headers.AsMap())) {
    const CborType type = label.type();
    if (type != CborType::kUnsigned && type != CborType::kNegative && type != CborType::kText) {
      return Error(ErrorCode::kMalformed, "header: expected integers and texts as labels");
    }
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

Result<CoseBuckets> ParseBuckets(const Cbor& protected_value, const Cbor& unprotected, CoseForm form) {
  CoseBuckets buckets;
  const ByteSpan bytes = TRY_WITH("protected header", protected_value.AsBytes());
  buckets.protected_headers = Cbor::Map{};
  if (!bytes.empty()) {
    buckets.protected_headers = TRY_WITH("protected header", Cbor::Decode(bytes, CborFormOf(form)));
    if (!TRY_WITH("protected header", buckets.protected_headers.AsMap())->empty()) {
      buckets.protected_bytes = ToBytes(bytes);
    }
  }
  buckets.unprotected_headers = unprotected;
  TRY_WITH("protected", CheckLabels(buckets.protected_headers));
  TRY_WITH("unprotected", CheckLabels(buckets.unprotected_headers));
  for (const auto& [label, value] : *TRY(buckets.protected_headers.AsMap())) {
    if (unprotected.Find(label) != nullptr) return Error(ErrorCode::kMalformed, "header: a label in both buckets");
  }
  return buckets;
}

Result<const Cbor*> Untag(const Cbor& message, std::uint64_t tag, CoseForm form) {
  if (form == CoseForm::kAny && !message.tag()) return &message;
  return message.AsTagged(tag);
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

Result<ByteSpan> PayloadOf(const std::optional<Bytes>& attached, const Cose1Expectations& expected) {
  if (attached && expected.detached_payload) {
    return Error(ErrorCode::kMismatch, "expected a detached payload, got an attached one");
  }
  if (attached) return ByteSpan(*attached);
  if (expected.detached_payload) return *expected.detached_payload;
  return Error(ErrorCode::kMismatch, "the payload is detached");
}

Result<std::optional<Bytes>> ReadPayload(const Cbor& value) {
  if (value.is_null()) return std::optional<Bytes>();
  return std::optional(ToBytes(TRY_WITH("payload", value.AsBytes())));
}

}  // namespace cloister::token::internal

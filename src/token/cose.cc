#include "token/cose.h"

#include <algorithm>

#include "token/internal/cose_headers.h"

namespace cloister::token {
namespace {

using crypto::VerifyingKey;
using formats::Cbor;
using formats::CborView;
using internal::CoseBuckets;

constexpr std::uint64_t kSign1Tag = 18;
constexpr std::uint64_t kEpochTag = 1;
constexpr std::int64_t kIssuer = 1, kSubject = 2, kIssuedAt = 6;  // RFC 8392 §4
constexpr std::size_t kMaximumReceipts = 16;

Bytes SigStructure(ByteSpan protected_bytes, ByteSpan external_aad, ByteSpan payload) {
  Bytes structure;
  internal::AppendSigStructure(structure, protected_bytes, external_aad, payload);
  return structure;
}

Cbor ToMap(const CwtClaims& claims) {
  Cbor map = Cbor::Map{};
  if (!claims.issuer.empty()) map.Set(kIssuer, claims.issuer);
  if (!claims.subject.empty()) map.Set(kSubject, claims.subject);
  if (claims.issued_at) map.Set(kIssuedAt, ToUnixSeconds(*claims.issued_at));
  return map;
}

Result<CwtClaims> ReadClaims(const Cbor* map, CoseForm form) {
  CwtClaims claims;
  if (map == nullptr) return claims;
  TRY(map->AsMap());
  if (map->Find(kIssuer) != nullptr) claims.issuer = TRY(map->GetText(kIssuer));
  if (map->Find(kSubject) != nullptr) claims.subject = TRY(map->GetText(kSubject));
  if (const Cbor* time = map->Find(kIssuedAt); time != nullptr) {
    // Some write NumericDate with the epoch tag, which RFC 8392 §2 forbids.
    if (form == CoseForm::kAny && time->tag() == kEpochTag) time = TRY(time->AsTagged(kEpochTag));
    claims.issued_at = FromUnixSeconds(TRY_WITH("iat", time->AsInt()));
  }
  return claims;
}

Result<std::string> ReadContentType(const Cbor* value) {
  if (value == nullptr) return std::string();
  if (value->type() == formats::CborType::kUnsigned) return std::to_string(TRY(value->AsUint()));
  return std::string(TRY_WITH("content type", value->AsText()));
}

Result<CborView> Decode(ByteSpan message, CoseForm form, formats::CborTape& tape) {
  return tape.Decode(message, internal::CborFormOf(form), {.max_bytes = kMaxCoseBytes});
}

}  // namespace

// The only maker of UnverifiedCose1 and VerifiedCose1.
struct Cose1Parts {
  static Result<UnverifiedCose1> Parse(ByteSpan bytes, CoseForm form) {
    formats::CborTape tape;
    const CborView message = TRY(Decode(bytes, form, tape));
    auto part = TRY(TRY(internal::Untag(message, kSign1Tag, form)).AsArrayOf(4)).begin();
    const CborView protected_value = *part++;
    CoseBuckets buckets = TRY(internal::ParseBuckets(protected_value, *part++, form));
    UnverifiedCose1 parsed;
    parsed.form_ = form;
    parsed.tagged_ = message.tag().has_value();
    if (const auto payload = TRY(internal::ReadPayload(*part++))) parsed.payload_ = ToBytes(*payload);
    parsed.signature_ = ToBytes(TRY_WITH("signature", (*part).AsBytes()));
    parsed.key_id_ = TRY(internal::KeyIdOf(buckets.Find(kCoseKeyIdLabel)));
    parsed.content_type_ = TRY(ReadContentType(buckets.Find(kCoseContentTypeLabel)));
    parsed.claims_ = TRY_WITH("CWT claims", ReadClaims(buckets.Find(kCwtClaimsLabel), form));
    parsed.buckets_ = std::move(buckets);
    return parsed;
  }

  static Result<VerifiedCose1> Verify(UnverifiedCose1 message, const VerifyingKey& key,
                                      const Cose1Expectations& expected) {
    CHECK(message.form_ == expected.form);
    const CoseBuckets& buckets = message.buckets_;
    TRY(internal::CheckAlgorithm(buckets, key, expected.form));
    TRY(internal::CheckCritical(buckets, expected));
    const ByteSpan payload = TRY(internal::PayloadOf(message.payload_, expected));
    TRY(key.Verify(SigStructure(buckets.protected_bytes, expected.external_aad, payload), message.signature_));
    auto headers = TRY(SignedHeaders(buckets, expected.form));
    Bytes signed_payload = message.payload_ ? *std::move(message.payload_) : ToBytes(payload);
    return VerifiedCose1(std::move(signed_payload), std::move(headers), key);
  }

  // What the signature covers; the unprotected header falls away.
  static Result<VerifiedCose1::Headers> SignedHeaders(const CoseBuckets& buckets, CoseForm form) {
    const Cbor& headers = buckets.protected_headers;
    VerifiedCose1::Headers out;
    out.content_type = TRY(ReadContentType(headers.Find(kCoseContentTypeLabel)));
    out.key_id = TRY(internal::KeyIdOf(headers.Find(kCoseKeyIdLabel)));
    out.claims = TRY(ReadClaims(headers.Find(kCwtClaimsLabel), form));
    out.all = headers;
    return out;
  }
};

Result<UnverifiedCose1> UnverifiedCose1::Parse(ByteSpan message, CoseForm form) {
  return TRY_WITH("COSE_Sign1", Cose1Parts::Parse(message, form));
}

std::optional<std::int64_t> UnverifiedCose1::algorithm() const {
  const Cbor* algorithm = buckets_.Find(kCoseAlgorithmLabel);
  if (algorithm == nullptr) return std::nullopt;
  const Result<std::int64_t> number = algorithm->AsInt();
  return number ? std::optional(*number) : std::nullopt;
}

Bytes SignCose1(const crypto::SigningKey& key, const CoseHeaders& headers, ByteSpan payload, CosePayload placed,
                ByteSpan external_aad) {
  Cbor protected_headers = headers.more;
  protected_headers.Set(kCoseAlgorithmLabel, CoseAlgorithm(key.algorithm()));
  if (!headers.content_type.empty()) protected_headers.Set(kCoseContentTypeLabel, headers.content_type);
  if (!headers.key_id.empty()) protected_headers.Set(kCoseKeyIdLabel, headers.key_id);
  if (headers.claims) protected_headers.Set(kCwtClaimsLabel, ToMap(*headers.claims));
  const Bytes protected_bytes = protected_headers.Encode();
  const Bytes signature = key.Sign(SigStructure(protected_bytes, external_aad, payload));
  return Cbor::Tagged(kSign1Tag, Cbor::Array{protected_bytes, headers.unprotected,
                                             placed == CosePayload::kAttached ? Cbor(payload) : Cbor(), signature})
      .Encode();
}

Result<VerifiedCose1> VerifyCose1(ByteSpan message, const VerifyingKey& key, const Cose1Expectations& expected) {
  return VerifyCose1(TRY(UnverifiedCose1::Parse(message, expected.form)), key, expected);
}

Result<VerifiedCose1> VerifyCose1(UnverifiedCose1 message, const VerifyingKey& key, const Cose1Expectations& expected) {
  return TRY_WITH("COSE_Sign1", Cose1Parts::Verify(std::move(message), key, expected));
}

Result<VerifiedCose1> VerifyCose1(ByteSpan message, std::span<const CoseKey> keys, const Cose1Expectations& expected) {
  const UnverifiedCose1 hint = TRY(UnverifiedCose1::Parse(message, expected.form));
  for (const CoseKey& candidate : keys) {
    if (!hint.key_id().empty() && candidate.key_id == hint.key_id()) {
      return VerifyCose1(message, candidate.key, expected);
    }
  }
  return Error(ErrorCode::kUntrusted, "COSE_Sign1: none of our keys has its kid");
}

Result<Bytes> WithUnprotected(ByteSpan message, const Cbor::Map& unprotected) {
  TRY(UnverifiedCose1::Parse(message, CoseForm::kAny));
  formats::CborTape tape;
  const CborView decoded = TRY(Decode(message, CoseForm::kAny, tape));
  Cbor::Array parts;
  for (const CborView& part : TRY(TRY(internal::Untag(decoded, kSign1Tag, CoseForm::kAny)).AsArrayOf(4))) {
    parts.push_back(part.ToCbor());
  }
  parts[1] = unprotected;
  return Cbor::Tagged(kSign1Tag, std::move(parts)).Encode();
}

Result<Bytes> WithoutUnprotected(ByteSpan message) { return WithUnprotected(message, {}); }

Result<Bytes> WithReceipts(ByteSpan message, std::span<const Bytes> receipts) {
  Cbor::Array list;
  for (const Bytes& receipt : receipts) list.emplace_back(receipt);
  return WithUnprotected(message, {{kReceiptsLabel, std::move(list)}});
}

Result<std::vector<Bytes>> ReceiptsOf(ByteSpan message) {
  const UnverifiedCose1 parsed = TRY(UnverifiedCose1::Parse(message, CoseForm::kAny));
  const Cbor* list = parsed.Unprotected(kReceiptsLabel);
  std::vector<Bytes> receipts;
  if (list == nullptr) return receipts;
  const Cbor::Array& array = *TRY_WITH("receipts", list->AsArray());
  if (array.size() > kMaximumReceipts) return Error(ErrorCode::kLimit, "receipts: more than 16");
  for (const Cbor& receipt : array) receipts.push_back(ToBytes(TRY_WITH("receipts", receipt.AsBytes())));
  return receipts;
}

}  // namespace cloister::token

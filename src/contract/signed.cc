#include "contract/signed.h"

#include "formats/cbor.h"

namespace cloister::contract {
namespace {

using formats::Cbor;
using formats::CborForm;
using formats::Json;

// RFC 9052 §2, §3.1; RFC 9597 (CWT claims in headers); RFC 8392 §4.
constexpr std::uint64_t kSign1Tag = 18;
constexpr int kAlg = 1, kContentType = 3, kKid = 4, kCwtClaims = 15;
constexpr int kIss = 1, kSub = 2, kIat = 6;
constexpr int kEs256 = -7;
constexpr std::size_t kMaxHeader = 4096;
constexpr std::size_t kSignatureSize = 64;
constexpr formats::JsonLimits kPayloadLimits{.max_bytes = kMaxSignedBytes, .max_depth = 16};

Bytes ToBeSigned(ByteSpan protected_header, ByteSpan payload) {
  return Cbor(Cbor::Array{"Signature1", protected_header, Bytes(), payload}).Encode();
}

struct Parts {
  Bytes protected_header;
  Bytes payload;
  Bytes signature;
  UnverifiedStatement statement;
};

Result<void> ReadHeader(ByteSpan encoded, UnverifiedStatement& statement) {
  if (encoded.size() > kMaxHeader) return Error(ErrorCode::kLimit, "protected header: expected at most 4096 bytes");
  const Cbor header =
      TRY(Cbor::Decode(encoded, CborForm::kDeterministic, {.max_bytes = kMaxHeader, .max_depth = 3, .max_items = 32}));
  TRY(header.RefuseUnknownKeys({kAlg, kContentType, kKid, kCwtClaims}));
  if (TRY(header.GetInt(kAlg)) != kEs256) return Error(ErrorCode::kUnsupported, "protected header: expected alg ES256");
  statement.content_type = TRY(header.GetText(kContentType));
  statement.kid = TRY_WITH("kid", ToArray<32>(TRY(header.GetBytes(kKid))));
  const Cbor& claims = *TRY(header.GetMap(kCwtClaims));
  TRY(claims.RefuseUnknownKeys({kIss, kSub, kIat}));
  statement.issuer = TRY(claims.GetText(kIss));
  statement.subject = TRY(claims.GetText(kSub));
  statement.issued_at = FromUnixSeconds(TRY(claims.GetInt(kIat)));
  return {};
}

Result<Parts> ReadParts(ByteSpan cose) {
  if (cose.size() > kMaxSignedBytes) {
    return Error(ErrorCode::kLimit,
                 "expected at most " + std::to_string(kMaxSignedBytes) + " bytes, got " + std::to_string(cose.size()));
  }
  const Cbor message = TRY(
      Cbor::Decode(cose, CborForm::kDeterministic, {.max_bytes = kMaxSignedBytes, .max_depth = 4, .max_items = 32}));
  const Cbor::Array& fields = *TRY(TRY(message.AsTagged(kSign1Tag))->AsArrayOf(4));
  if (!TRY(fields[1].AsMap())->empty())
    return Error(ErrorCode::kMalformed, "unprotected header: expected none, got some");
  Parts parts;
  parts.protected_header = ToBytes(TRY(fields[0].AsBytes()));
  parts.payload = ToBytes(TRY(fields[2].AsBytes()));
  parts.signature = ToBytes(TRY(fields[3].AsBytes()));
  if (parts.signature.size() != kSignatureSize) return Error(ErrorCode::kMalformed, "signature: expected 64 bytes");
  TRY(ReadHeader(parts.protected_header, parts.statement));
  const std::string_view text = AsText(parts.payload);
  parts.statement.payload = TRY_WITH("payload", Json::Parse(text, kPayloadLimits));
  if (TRY_WITH("payload", parts.statement.payload.Canonical()) != text) {
    return Error(ErrorCode::kMalformed, "payload: expected canonical JSON (RFC 8785)");
  }
  return parts;
}

}  // namespace

Result<UnverifiedStatement> StatementFromUnverified(ByteSpan cose) {
  Parts parts = TRY_WITH("signed document", ReadParts(cose));
  return std::move(parts.statement);
}

namespace internal {

Result<Bytes> SignStatement(const Json& payload, std::string_view content_type, std::string_view issuer,
                            std::string_view subject, Time issued_at, const crypto::SigningKey& key) {
  if (key.algorithm() != crypto::SignatureAlgorithm::kEs256) {
    return Error(ErrorCode::kUsage, "signed document: expected an ES256 key, got " +
                                        std::string(crypto::SignatureAlgorithmName(key.algorithm())));
  }
  const std::string text = TRY(payload.Canonical());
  const Bytes header =
      Cbor(Cbor::Map{{kAlg, kEs256},
                     {kContentType, content_type},
                     {kKid, KeyThumbprint(key.Public())},
                     {kCwtClaims, Cbor::Map{{kIss, issuer}, {kSub, subject}, {kIat, ToUnixSeconds(issued_at)}}}})
          .Encode();
  const Bytes signature = key.Sign(ToBeSigned(header, AsBytes(text)));
  return Cbor::Tagged(kSign1Tag, Cbor::Array{header, Cbor::Map{}, AsBytes(text), signature}).Encode();
}

Result<UnverifiedStatement> VerifyStatement(ByteSpan cose, std::span<const NamedKey> keys,
                                            std::string_view content_type, std::string_view issuer) {
  Parts parts = TRY_WITH("signed document", ReadParts(cose));
  const UnverifiedStatement& statement = parts.statement;
  if (statement.content_type != content_type) {
    return Error(ErrorCode::kMismatch, "signed document: expected " + std::string(content_type) + ", got another type");
  }
  const std::string what = "signed " + std::string(content_type.substr(content_type.rfind('.') + 1));
  const NamedKey* key = FindKey(keys, statement.kid);
  if (key == nullptr)
    return Error(ErrorCode::kUntrusted,
                 what + ": none of the expected keys signed it; its kid is " + ToHex(statement.kid));
  TRY_WITH(what, key->key.Verify(ToBeSigned(parts.protected_header, parts.payload), parts.signature));
  if (statement.issuer != issuer) {
    return Error(ErrorCode::kMismatch, what + ": expected issuer " + std::string(issuer) + ", got another");
  }
  return std::move(parts.statement);
}

Result<void> CheckSame(const Json& payload, const Json& again, std::string_view subject,
                       std::string_view expected_subject) {
  if (TRY(payload.Canonical()) != TRY(again.Canonical())) {
    return Error(ErrorCode::kMalformed, "signed document: expected the one form that we write, got another");
  }
  if (subject != expected_subject)
    return Error(ErrorCode::kMismatch, "signed document: its subject is not what it is about");
  return {};
}

}  // namespace internal
}  // namespace cloister::contract

#include "contract/signed.h"

#include "token/cose.h"

namespace cloister::contract {
namespace {

using formats::Cbor;
using formats::Json;

constexpr std::size_t kClaims = 3;  // iss, sub, iat (RFC 8392 §4)
constexpr formats::JsonLimits kPayloadLimits{.max_bytes = kMaxSignedBytes, .max_depth = 16};

// Exactly the header parameters of docs/formats/clean-room.md, so that there is one way to write each document.
Result<void> CheckHeaders(const token::UnverifiedCose1& message) {
  TRY(message.protected_headers().RefuseUnknownKeys(
      {token::kCoseAlgorithmLabel, token::kCoseContentTypeLabel, token::kCoseKeyIdLabel, token::kCwtClaimsLabel}));
  if (!TRY(message.unprotected_headers().AsMap())->empty()) {
    return Error(ErrorCode::kMalformed, "unprotected header: expected none, got some");
  }
  if (message.algorithm() != token::CoseAlgorithm(crypto::SignatureAlgorithm::kEs256)) {
    return Error(ErrorCode::kUnsupported, "protected header: expected alg ES256");
  }
  const Cbor* claims = message.Protected(token::kCwtClaimsLabel);
  TRY(message.protected_headers().GetText(token::kCoseContentTypeLabel));
  if (claims == nullptr || TRY(claims->AsMap())->size() != kClaims || !message.claims().issued_at) {
    return Error(ErrorCode::kMalformed, "protected header: expected CWT claims iss, sub and iat, got others");
  }
  TRY(claims->GetText(1));
  TRY(claims->GetText(2));
  TRY(claims->GetInt(6));
  return {};
}

// All but the payload, which the message holds.
Result<UnverifiedStatement> ReadHeaders(ByteSpan cose, std::string& payload) {
  if (cose.size() > kMaxSignedBytes) {
    return Error(ErrorCode::kLimit,
                 "expected at most " + std::to_string(kMaxSignedBytes) + " bytes, got " + std::to_string(cose.size()));
  }
  const auto message = TRY(token::UnverifiedCose1::Parse(cose, token::CoseForm::kOurs));
  TRY(CheckHeaders(message));
  if (message.detached()) return Error(ErrorCode::kMalformed, "payload: expected one, got none");
  UnverifiedStatement statement;
  statement.content_type = message.content_type();
  statement.kid = TRY_WITH("kid", ToArray<32>(message.key_id()));
  statement.issuer = message.claims().issuer;
  statement.subject = message.claims().subject;
  statement.issued_at = *message.claims().issued_at;
  payload = AsText(*message.unverified_payload());
  return statement;
}

Result<UnverifiedStatement> Read(ByteSpan cose) {
  std::string text;
  UnverifiedStatement statement = TRY(ReadHeaders(cose, text));
  statement.payload = TRY_WITH("payload", Json::Parse(text, kPayloadLimits));
  if (TRY_WITH("payload", statement.payload.Canonical()) != text) {
    return Error(ErrorCode::kMalformed, "payload: expected canonical JSON (RFC 8785)");
  }
  return statement;
}

}  // namespace

Result<UnverifiedStatement> StatementFromUnverified(ByteSpan cose) { return TRY_WITH("signed document", Read(cose)); }

namespace internal {

Result<Bytes> SignStatement(const Json& payload, std::string_view content_type, std::string_view issuer,
                            std::string_view subject, Time issued_at, const crypto::SigningKey& key) {
  if (key.algorithm() != crypto::SignatureAlgorithm::kEs256) {
    return Error(ErrorCode::kUsage, "signed document: expected an ES256 key, got " +
                                        std::string(crypto::SignatureAlgorithmName(key.algorithm())));
  }
  const std::string text = TRY(payload.Canonical());
  token::CoseHeaders headers;
  headers.content_type = content_type;
  headers.key_id = ToBytes(ByteSpan(KeyThumbprint(key.Public())));
  headers.claims = token::CwtClaims{std::string(issuer), std::string(subject), issued_at};
  return token::SignCose1(key, headers, AsBytes(text));
}

Result<void> CheckStatement(ByteSpan cose, const UnverifiedStatement& statement, std::span<const NamedKey> keys,
                            std::string_view content_type, std::string_view issuer) {
  if (statement.content_type != content_type) {
    return Error(ErrorCode::kMismatch, "signed document: expected " + std::string(content_type) + ", got another type");
  }
  const std::string what = "signed " + std::string(content_type.substr(content_type.rfind('.') + 1));
  const NamedKey* key = FindKey(keys, statement.kid);
  if (key == nullptr)
    return Error(ErrorCode::kUntrusted,
                 what + ": none of the expected keys signed it; its kid is " + ToHex(statement.kid));
  TRY_WITH(what, token::VerifyCose1(cose, key->key));
  if (statement.issuer != issuer) {
    return Error(ErrorCode::kMismatch, what + ": expected issuer " + std::string(issuer) + ", got another");
  }
  return {};
}

Result<UnverifiedStatement> VerifyStatement(ByteSpan cose, std::span<const NamedKey> keys,
                                            std::string_view content_type, std::string_view issuer) {
  UnverifiedStatement statement = TRY_WITH("signed document", Read(cose));
  TRY(CheckStatement(cose, statement, keys, content_type, issuer));
  return statement;
}

Result<std::optional<UnverifiedStatement>> StatementOverKnown(ByteSpan cose, std::string_view known) {
  std::string payload;
  UnverifiedStatement statement = TRY_WITH("signed document", ReadHeaders(cose, payload));
  if (payload != known) return std::optional<UnverifiedStatement>();
  return std::optional(std::move(statement));
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

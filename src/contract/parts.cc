#include "contract/parts.h"

#include "contract/internal/fields.h"
#include "token/cose_key.h"

namespace cloister::contract {
namespace {

using formats::Json;

bool IsLower(char c) { return c >= 'a' && c <= 'z'; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsLowerHex(char c) { return IsDigit(c) || (c >= 'a' && c <= 'f'); }

Result<void> CheckName(std::string_view text, char joiner, std::string_view form) {
  bool good = !text.empty() && text.size() <= 64 && IsLower(text[0]);
  for (const char c : text) good = good && (IsLower(c) || IsDigit(c) || c == joiner);
  if (!good)
    return Error(ErrorCode::kMalformed, "expected a name of the form " + std::string(form) + ", at most 64 long");
  return {};
}

}  // namespace

Result<Digest> DigestFromHex(std::string_view hex) {
  if (hex.size() != 64 || !std::all_of(hex.begin(), hex.end(), IsLowerHex)) {
    return Error(ErrorCode::kMalformed, "expected a SHA-256 digest as 64 lower-case hex digits");
  }
  return ToArray<32>(TRY(FromHex(hex)));
}

Result<Digest> CanonicalDigest(const Json& json) { return crypto::Sha256(AsBytes(TRY(json.Canonical()))); }

Digest KeyThumbprint(const crypto::VerifyingKey& key) {
  CHECK(key.algorithm() == crypto::SignatureAlgorithm::kEs256);
  return token::CoseKeyThumbprint(key);
}

Result<crypto::VerifyingKey> KeyFromJwk(const Json& jwk) {
  TRY(jwk.RefuseUnknownMembers({"crv", "kty", "x", "y"}));
  const std::string kty = TRY(jwk.GetString("kty"));
  const std::string crv = TRY(jwk.GetString("crv"));
  if (kty != "EC" || crv != "P-256") {
    return Error(ErrorCode::kUnsupported, "key: expected kty EC with crv P-256, got something else");
  }
  const Bytes x = TRY(internal::GetBytes(jwk, "x", 64));
  const Bytes y = TRY(internal::GetBytes(jwk, "y", 64));
  return crypto::VerifyingKey::FromEcPoint(crypto::SignatureAlgorithm::kEs256, x, y);
}

Json KeyToJwk(const crypto::VerifyingKey& key) {
  CHECK(key.algorithm() == crypto::SignatureAlgorithm::kEs256);
  return Json::Object{{"crv", "P-256"}, {"kty", "EC"}, {"x", ToBase64Url(key.EcX())}, {"y", ToBase64Url(key.EcY())}};
}

Result<NamedKey> NamedKey::FromJson(const Json& json) {
  TRY(json.RefuseUnknownMembers({"kid", "key"}));
  const Digest kid = TRY(internal::GetDigest(json, "kid"));
  crypto::VerifyingKey key = TRY(internal::GetPart(json, "key", KeyFromJwk));
  NamedKey named{kid, std::move(key)};
  if (KeyThumbprint(named.key) != kid) {
    return Error(ErrorCode::kMismatch,
                 "kid: expected the key's thumbprint " + ToHex(KeyThumbprint(named.key)) + ", got " + ToHex(kid));
  }
  return named;
}

Json NamedKey::ToJson() const { return Json::Object{{"kid", ToHex(kid)}, {"key", KeyToJwk(key)}}; }

const NamedKey* FindKey(std::span<const NamedKey> keys, const Digest& kid) {
  for (const NamedKey& key : keys) {
    if (key.kid == kid) return &key;
  }
  return nullptr;
}

Result<void> CheckUuid(std::string_view text) {
  bool good = text.size() == 36;
  for (std::size_t i = 0; good && i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    good = dash ? text[i] == '-' : IsLowerHex(text[i]);
  }
  if (!good)
    return Error(ErrorCode::kMalformed, "expected a UUID in lower case, such as f81d4fae-7dec-4d0b-a765-00a0c91e6bf6");
  return {};
}

Result<void> CheckUrnUuid(std::string_view text) {
  constexpr std::string_view kPrefix = "urn:uuid:";
  if (!text.starts_with(kPrefix) || !CheckUuid(text.substr(kPrefix.size()))) {
    return Error(ErrorCode::kMalformed, "expected urn:uuid: and a UUID in lower case");
  }
  return {};
}

// DID Core §3.1: method-name is lower case and digits, the rest idchar, ':' and percent escapes.
Result<void> CheckDid(std::string_view text) {
  constexpr std::string_view kPrefix = "did:";
  const std::size_t colon = text.size() > 4 ? text.find(':', 4) : std::string_view::npos;
  bool good = text.size() <= 512 && text.starts_with(kPrefix) && colon != std::string_view::npos && colon > 4 &&
              colon + 1 < text.size() && text.back() != ':';
  for (std::size_t i = 4; good && i < text.size(); ++i) {
    const char c = text[i];
    const bool method = IsLower(c) || IsDigit(c);
    good = i < colon ? method
                     : method || (c >= 'A' && c <= 'Z') || c == '.' || c == '-' || c == '_' || c == ':' || c == '%';
  }
  if (!good) return Error(ErrorCode::kMalformed, "expected a DID such as did:web:bank.example, at most 512 long");
  return {};
}

Result<void> CheckTableName(std::string_view text) { return CheckName(text, '_', "[a-z][a-z0-9_]*"); }
Result<void> CheckOutputName(std::string_view text) { return CheckName(text, '-', "[a-z][a-z0-9-]*"); }

}  // namespace cloister::contract

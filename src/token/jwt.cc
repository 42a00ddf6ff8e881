#include "token/jwt.h"

#include <algorithm>

namespace cloister::token {
namespace {

using crypto::Certificate;
using crypto::VerifyingKey;
using formats::Json;

constexpr std::size_t kMaximumHeader = 64 * 1024;
constexpr std::size_t kMaximumChain = 8;

// A token taken apart; nothing of it is verified.
struct Parts {
  Json header;
  std::string_view signed_text;  // header.payload, borrowed
  Bytes payload;
  Bytes signature;
};

Result<Parts> TakeApart(std::string_view token) {
  if (token.size() > kMaxTokenBytes) return Error(ErrorCode::kLimit, "over 4 MiB");
  const std::size_t first = token.find('.');
  const std::size_t second = first == token.npos ? first : token.find('.', first + 1);
  if (second == token.npos) return Error(ErrorCode::kMalformed, "expected three parts with dots between");
  if (first > kMaximumHeader) return Error(ErrorCode::kLimit, "header: over 64 KiB");
  const Bytes header = TRY_WITH("header", FromBase64Url(token.substr(0, first)));
  Parts parts;
  parts.header = TRY_WITH("header", Json::Parse(AsText(header), {.max_bytes = kMaximumHeader, .max_depth = 8}));
  TRY_WITH("header", parts.header.AsObject());
  parts.signed_text = token.substr(0, second);
  parts.payload = TRY_WITH("payload", FromBase64Url(token.substr(first + 1, second - first - 1)));
  parts.signature = TRY_WITH("signature", FromBase64Url(token.substr(second + 1)));
  if (parts.header.Find("crit") != nullptr || parts.header.Find("b64") != nullptr) {
    return Error(ErrorCode::kUnsupported, "header: \"crit\" or \"b64\"");
  }
  return parts;
}

Result<Json> ReadClaims(const Parts& parts) {
  Json claims = TRY_WITH("payload", Json::Parse(AsText(parts.payload), {.max_bytes = kMaxTokenBytes, .max_depth = 64}));
  TRY_WITH("payload", claims.AsObject());
  return claims;
}

Result<void> CheckSignature(const Parts& parts, const VerifyingKey& key) {
  if (TRY_WITH("header", parts.header.GetString("alg")) != crypto::SignatureAlgorithmName(key.algorithm())) {
    return Error(ErrorCode::kUntrusted, "header: \"alg\" is not the key's");
  }
  return key.Verify(AsBytes(parts.signed_text), parts.signature);
}

// The key that signed it.
Result<const VerifyingKey*> FindSigner(const Parts& parts, std::span<const NamedJwk> keys) {
  const std::optional<std::string> kid = TRY_WITH("header", parts.header.FindString("kid"));
  Error refusal(ErrorCode::kUntrusted, "none of our keys signed it");
  for (const NamedJwk& candidate : keys) {
    if (kid && candidate.kid != *kid) continue;
    Result<void> checked = CheckSignature(parts, candidate.key);
    if (checked) return &candidate.key;
    refusal = std::move(checked).error();
  }
  return refusal;
}

// A NumericDate (RFC 7519 §2), which may have a fraction.
Result<std::optional<Time>> DateOf(const Json& claims, std::string_view name) {
  const std::optional<double> seconds = TRY(claims.FindNumber(name));
  if (!seconds) return std::optional<Time>();
  constexpr double kYear9999 = 253402300799;
  if (!(*seconds >= 0 && *seconds <= kYear9999)) {
    return Error(ErrorCode::kMalformed, "\"" + std::string(name) + "\" is no date");
  }
  return std::optional(FromUnixSeconds(static_cast<std::int64_t>(*seconds)));
}

Result<void> CheckDates(const Json& claims, const JwtExpectations& expected, Time now) {
  const std::optional<Time> expiry = TRY(DateOf(claims, "exp"));
  if (!expiry && expected.expiry == JwtExpectations::Expiry::kRequired) {
    return Error(ErrorCode::kExpired, "has no \"exp\"");
  }
  if (expiry && now >= *expiry + expected.leeway) {
    return Error(ErrorCode::kExpired, "expired " + ToRfc3339(*expiry) + ", now " + ToRfc3339(now));
  }
  for (const std::string_view name : {"nbf", "iat"}) {
    const std::optional<Time> start = TRY(DateOf(claims, name));
    if (start && now + expected.leeway < *start) {
      return Error(ErrorCode::kExpired,
                   "\"" + std::string(name) + "\" is " + ToRfc3339(*start) + ", now " + ToRfc3339(now));
    }
  }
  return {};
}

Result<void> CheckParties(const Json& claims, const JwtExpectations& expected) {
  if (expected.issuer && TRY(claims.FindString("iss")) != expected.issuer) {
    return Error(ErrorCode::kMismatch, "\"iss\" is not the expected issuer");
  }
  if (!expected.audience) return {};
  const Json* audience = claims.Find("aud");
  if (audience == nullptr) return Error(ErrorCode::kMismatch, "has no \"aud\"");
  if (audience->is_string() && TRY(audience->AsString()) == *expected.audience) return {};
  if (audience->is_array()) {
    const std::vector<std::string> all = TRY(claims.GetStrings("aud"));
    if (std::find(all.begin(), all.end(), *expected.audience) != all.end()) return {};
  }
  return Error(ErrorCode::kMismatch, "\"aud\" does not name the expected audience");
}

// base64 of DER in the header, as RFC 7515 §4.1.6 has it.
Result<std::vector<Certificate>> ChainOf(const Json& holder) {
  const std::vector<std::string> texts = TRY(holder.GetStrings("x5c"));
  if (texts.empty() || texts.size() > kMaximumChain) {
    return Error(ErrorCode::kLimit, "\"x5c\": expected 1 to 8 certificates");
  }
  std::vector<Certificate> chain;
  for (const std::string& text : texts) {
    const Bytes der = TRY_WITH("x5c", FromBase64(text));
    chain.push_back(TRY_WITH("x5c", Certificate::ParseDer(der)));
  }
  return chain;
}

Json ToX5c(std::span<const Certificate> chain) {
  Json x5c = Json::Array{};
  for (const Certificate& certificate : chain) x5c.Push(ToBase64(certificate.Der()));
  return x5c;
}

// The leaf's key, bound to the algorithm that the header names: for RSA a certificate does not say which.
Result<VerifyingKey> LeafKey(const Certificate& leaf, const std::string& algorithm_name) {
  using enum crypto::SignatureAlgorithm;
  for (const crypto::SignatureAlgorithm algorithm : {kEs256, kEs384, kEs512, kEdDsa, kPs256, kPs384, kPs512, kRs256}) {
    if (crypto::SignatureAlgorithmName(algorithm) == algorithm_name) return leaf.PublicKey(algorithm);
  }
  return Error(ErrorCode::kUnsupported, "header: an \"alg\" that we do not take");
}

Result<Certificate> LeafByChain(const Json& holder, std::span<const Certificate> roots, Time now) {
  const std::vector<Certificate> chain = TRY_WITH("header", ChainOf(holder));
  TRY(crypto::VerifyPath(chain.front(), std::span(chain).subspan(1), roots, now));
  return chain.front();
}

Result<VerifyingKey> KeyByChain(const Json& header, std::span<const Certificate> roots, Time now) {
  const Json* jwk = header.Find("jwk");
  if (header.Find("x5c") == nullptr && jwk != nullptr) return KeyFromEndorsedJwk(*jwk, roots, now);
  const Certificate leaf = TRY(LeafByChain(header, roots, now));
  const std::string algorithm = TRY(header.GetString("alg"));
  return LeafKey(leaf, algorithm);
}

}  // namespace

// The only maker of VerifiedJwt.
struct JwtMaker {
  static Result<VerifiedJwt> MakeWithKey(const Parts& parts, const VerifyingKey& key, const JwtExpectations& expected,
                                         Time now) {
    TRY(CheckSignature(parts, key));
    return MakeAfterSignature(parts, key, expected, now);
  }
  static Result<VerifiedJwt> MakeAfterSignature(const Parts& parts, const VerifyingKey& key,
                                                const JwtExpectations& expected, Time now) {
    Json claims = TRY(ReadClaims(parts));
    TRY(CheckDates(claims, expected, now));
    TRY(CheckParties(claims, expected));
    std::string kid = TRY(parts.header.FindString("kid")).value_or("");
    return VerifiedJwt(std::move(claims), key, std::move(kid));
  }
  static Result<VerifiedJwt> MakeWithKeys(std::string_view token, std::span<const NamedJwk> keys,
                                          const JwtExpectations& expected, Time now) {
    const Parts parts = TRY(TakeApart(token));
    const VerifyingKey* key = TRY(FindSigner(parts, keys));
    return MakeAfterSignature(parts, *key, expected, now);
  }
  static Result<VerifiedJwt> MakeByChain(std::string_view token, std::span<const Certificate> roots,
                                         const JwtExpectations& expected, Time now) {
    const Parts parts = TRY(TakeApart(token));
    const VerifyingKey key = TRY(KeyByChain(parts.header, roots, now));
    return MakeWithKey(parts, key, expected, now);
  }
};

std::string SignJws(const crypto::SigningKey& key, const JwtHeader& header, ByteSpan payload) {
  Json json = Json::Object{{"alg", crypto::SignatureAlgorithmName(key.algorithm())}};
  if (!header.type.empty()) json.Set("typ", header.type);
  if (!header.key_id.empty()) json.Set("kid", header.key_id);
  if (!header.chain.empty()) json.Set("x5c", ToX5c(header.chain));
  std::string token = ToBase64Url(AsBytes(json.Dump())) + "." + ToBase64Url(payload);
  const Bytes signature = key.Sign(AsBytes(token));
  return token + "." + ToBase64Url(signature);
}

std::string SignJwt(const crypto::SigningKey& key, const JwtHeader& header, const Json& claims) {
  return SignJws(key, header, AsBytes(claims.Dump()));
}

Result<VerifiedJwt> VerifyJwt(std::string_view token, std::span<const NamedJwk> keys, const JwtExpectations& expected,
                              Time now) {
  return TRY_WITH("JWT", JwtMaker::MakeWithKeys(token, keys, expected, now));
}

Result<VerifiedJwt> VerifyJwt(std::string_view token, const VerifyingKey& key, const JwtExpectations& expected,
                              Time now) {
  const Parts parts = TRY_WITH("JWT", TakeApart(token));
  return TRY_WITH("JWT", JwtMaker::MakeWithKey(parts, key, expected, now));
}

Result<VerifiedJwt> VerifyJwtByChain(std::string_view token, std::span<const Certificate> roots,
                                     const JwtExpectations& expected, Time now) {
  return TRY_WITH("JWT", JwtMaker::MakeByChain(token, roots, expected, now));
}

Result<VerifyingKey> KeyFromEndorsedJwk(const Json& jwk, std::span<const Certificate> roots, Time now) {
  VerifyingKey key = TRY(VerifyingKeyFromJwk(jwk));
  const Certificate leaf = TRY(LeafByChain(jwk, roots, now));
  const Result<VerifyingKey> certified = leaf.PublicKey(key.algorithm());
  if (!certified || !(*certified == key)) {
    return Error(ErrorCode::kUntrusted, "endorsed JWK: not the certificate's key");
  }
  return key;
}

Json EndorsedJwkOf(const VerifyingKey& key, std::span<const Certificate> chain) {
  Json jwk = JwkOf(key);
  jwk.Set("alg", crypto::SignatureAlgorithmName(key.algorithm()));
  jwk.Set("x5c", ToX5c(chain));
  return jwk;
}

Result<Bytes> VerifyJws(std::string_view token, const VerifyingKey& key) {
  Parts parts = TRY_WITH("JWS", TakeApart(token));
  TRY_WITH("JWS", CheckSignature(parts, key));
  return std::move(parts.payload);
}

Result<Json> ClaimsFromUnverifiedJwt(std::string_view token) {
  const Parts parts = TRY_WITH("JWT", TakeApart(token));
  return TRY_WITH("JWT", ReadClaims(parts));
}

Result<UnverifiedJwtHint> HintFromUnverifiedJwt(std::string_view token) {
  const Parts parts = TRY_WITH("JWT", TakeApart(token));
  const Json* jwk = parts.header.Find("jwk");
  UnverifiedJwtHint hint;
  hint.algorithm = TRY(parts.header.GetString("alg"));
  hint.key_id = TRY(parts.header.FindString("kid")).value_or("");
  hint.has_chain = parts.header.Find("x5c") != nullptr || (jwk != nullptr && jwk->Find("x5c") != nullptr);
  return hint;
}

}  // namespace cloister::token

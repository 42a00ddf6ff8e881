// JSON Web Signatures (RFC 7515, compact form) and JSON Web Tokens (RFC 7519, RFC 8725).
#pragma once

#include <span>

#include "base/time.h"
#include "crypto/x509.h"
#include "token/jwk.h"

namespace cloister::token {

inline constexpr std::size_t kMaxTokenBytes = std::size_t{4} << 20;  // EARs carry whole evidence

// What the header says beside `alg` (always the key's) and `typ`; empty members are left out.
struct JwtHeader {
  std::string type = "JWT";
  std::string key_id;
  std::vector<crypto::Certificate> chain;  // x5c, leaf first
};

// header.payload.signature
std::string SignJws(const crypto::SigningKey& key, const JwtHeader& header, ByteSpan payload);
std::string SignJwt(const crypto::SigningKey& key, const JwtHeader& header, const formats::Json& claims);

// What must be so in a token. Without a value, issuer or audience are not looked at: say so by std::nullopt.
struct JwtExpectations {
  std::optional<std::string> issuer;
  std::optional<std::string> audience;  // one of the token's
  enum class Expiry { kRequired, kOptional } expiry;
  // By how much clocks may differ: for exp, nbf and iat.
  Seconds leeway;
};

// A token whose signature, dates and expected claims were checked. Only the functions below make one.
class VerifiedJwt {
 public:
  const formats::Json& claims() const { return claims_; }
  const crypto::VerifyingKey& key() const { return key_; }
  const std::string& key_id() const { return key_id_; }  // as the header says; may be empty

 private:
  VerifiedJwt(formats::Json claims, crypto::VerifyingKey key, std::string key_id)
      : claims_(std::move(claims)), key_(std::move(key)), key_id_(std::move(key_id)) {}
  friend struct JwtMaker;
  formats::Json claims_;
  crypto::VerifyingKey key_;
  std::string key_id_;
};

// Verifies and decodes. A token with a `kid` is checked against the key of that name only, one without against each
// key. The algorithm is the key's; a header that says another is refused, as are `crit`, `b64` and anything but strict
// JSON objects. Keys inside the header (`jwk`, `x5c`, `jku`, `x5u`) are never used here. kMalformed, kLimit;
// kUnsupported (crit); kUntrusted: no such key, or the signature does not hold; kExpired: exp, nbf, iat; kMismatch:
// issuer or audience.
Result<VerifiedJwt> VerifyJwt(std::string_view token, std::span<const NamedJwk> keys, const JwtExpectations& expected,
                              Time now);
Result<VerifiedJwt> VerifyJwt(std::string_view token, const crypto::VerifyingKey& key, const JwtExpectations& expected,
                              Time now);
// The key is that of the leaf of the header's `x5c` (or of the `x5c` inside its `jwk`, whose key must then be the
// leaf's, which is Trustee's form), once the chain holds up to one of `roots` at `now`.
Result<VerifiedJwt> VerifyJwtByChain(std::string_view token, std::span<const crypto::Certificate> roots,
                                     const JwtExpectations& expected, Time now);

// Trustee's endorsed JWK: a signature key with `x5c`, whose leaf must be the same key and lead to one of `roots` at
// `now`; the certificates after the leaf may come in any order. kMalformed, kUntrusted, kExpired; kUnsupported: another
// kind of key.
Result<crypto::VerifyingKey> KeyFromEndorsedJwk(const formats::Json& jwk, std::span<const crypto::Certificate> roots,
                                                Time now);

// The endorsed JWK of `key`, as Trustee publishes it: with `alg`, and `chain` (leaf first) as `x5c`.
formats::Json EndorsedJwkOf(const crypto::VerifyingKey& key, std::span<const crypto::Certificate> chain);

// The bare JWS: success proves that the owner of `key` signed the returned payload.
Result<Bytes> VerifyJws(std::string_view token, const crypto::VerifyingKey& key);

// The claims of a token of which nothing was checked: to show, or to read what another signature covers. kMalformed.
Result<formats::Json> ClaimsFromUnverifiedJwt(std::string_view token);

// What an unverified token says about its key; to choose one, never to act on.
struct UnverifiedJwtHint {
  std::string algorithm;
  std::string key_id;
  bool has_chain;
};
Result<UnverifiedJwtHint> HintFromUnverifiedJwt(std::string_view token);

}  // namespace cloister::token

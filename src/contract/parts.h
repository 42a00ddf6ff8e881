// What the documents of a clean-room run are made of: digests, keys with their names, checked texts.
#pragma once

#include "crypto/hash.h"
#include "crypto/sign.h"
#include "formats/json.h"

namespace cloister::contract {

// A SHA-256 digest; lower-case hex in JSON.
using Digest = crypto::Sha256Digest;

Result<Digest> DigestFromHex(std::string_view hex);  // kMalformed: not 64 lower-case hex digits
// The digest that names a contract, an account entry (its head), …: SHA-256 of the canonical JSON.
Result<Digest> CanonicalDigest(const formats::Json& json);

// SHA-256 over the key's deterministic CBOR COSE Key (RFC 9679 §4); P-256 only.
Digest KeyThumbprint(const crypto::VerifyingKey& key);

// An ES256 key as JWK {crv, kty, x, y}; nothing else is taken. kMalformed, kUnsupported.
Result<crypto::VerifyingKey> KeyFromJwk(const formats::Json& jwk);
formats::Json KeyToJwk(const crypto::VerifyingKey& key);

// A key and its name, {kid, key}. The two agree: FromJson refuses (kMismatch) otherwise.
struct NamedKey {
  Digest kid;
  crypto::VerifyingKey key;

  static NamedKey Of(const crypto::VerifyingKey& key) { return {KeyThumbprint(key), key}; }
  static Result<NamedKey> FromJson(const formats::Json& json);
  formats::Json ToJson() const;
  bool operator==(const NamedKey&) const = default;
};

// Null pointer where none of `keys` has that name.
const NamedKey* FindKey(std::span<const NamedKey> keys, const Digest& kid);

// Texts with a form. kMalformed otherwise.
Result<void> CheckUuid(std::string_view text);     // lower case, RFC 9562 §4
Result<void> CheckUrnUuid(std::string_view text);  // urn:uuid:…
Result<void> CheckDid(std::string_view text);      // did:METHOD:…, no placeholder, at most 512 characters
// `[a-z][a-z0-9_]*` (or `-` for `_`), at most 64 characters.
Result<void> CheckTableName(std::string_view text);
Result<void> CheckOutputName(std::string_view text);

}  // namespace cloister::contract

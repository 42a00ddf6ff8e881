// COSE keys (RFC 9052 §7, RFC 9053 §7) that check signatures, and their thumbprints (RFC 9679).
#pragma once

#include <span>

#include "crypto/hash.h"
#include "crypto/sign.h"
#include "formats/cbor.h"

namespace cloister::token {

// The registered number: -7 for ES256, -8 for EdDSA and so on.
std::int64_t CoseAlgorithm(crypto::SignatureAlgorithm algorithm);

struct CoseKey {
  Bytes key_id;  // label 2; may be empty
  crypto::VerifyingKey key;
};

// EC2 on P-256, P-384, P-521 with both coordinates, OKP with Ed25519 or Ed448, RSA. Label 3 (alg) must fit the curve
// where it is given (ES512 on P-256 too); RSA needs it. Private parts are refused. kMalformed; kUnsupported.
Result<CoseKey> ParseCoseKey(const formats::Cbor& key);
Result<CoseKey> DecodeCoseKey(ByteSpan encoded);
// kty, kid where not empty, alg, and the public parts.
formats::Cbor CoseKeyToCbor(const CoseKey& key);
// An array of 1 to 64 keys (RFC 9052 §7); those of a kind we do not take are skipped. kConflict: a kid comes twice.
Result<std::vector<CoseKey>> ParseCoseKeySet(ByteSpan encoded);
Bytes EncodeCoseKeySet(std::span<const CoseKey> keys);

// SHA-256 over the deterministic encoding of the required members (RFC 9679 §4). Our kid is these 32 bytes.
crypto::Sha256Digest CoseKeyThumbprint(const crypto::VerifyingKey& key);
// The key under its thumbprint.
CoseKey WithThumbprint(const crypto::VerifyingKey& key);

}  // namespace cloister::token

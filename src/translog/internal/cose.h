// The parts of a COSE_Sign1 (RFC 9052 §4.2) as receipts need them: the root may be missing, proofs are not protected.
#pragma once

#include <optional>

#include "crypto/sign.h"
#include "formats/cbor.h"

namespace cloister::translog {

struct CoseSign1 {
  Bytes protected_bytes;
  formats::Cbor protected_header;    // a map
  formats::Cbor unprotected_header;  // a map
  std::optional<Bytes> payload;      // none: detached
  Bytes signature;
};

// Parses a tagged (18) COSE_Sign1. kMalformed; kUnsupported: a critical header (2), since we know none; kLimit.
Result<CoseSign1> ParseCoseSign1(ByteSpan message, std::size_t max_bytes);
Bytes EncodeCoseSign1(const CoseSign1& message);

// The registered number (RFC 9053, RFC 8812). kUnsupported: none for RS256.
Result<std::int64_t> CoseAlgorithm(crypto::SignatureAlgorithm algorithm);

// Signs `payload` (which the message may leave out) with the protected header `header`, alg included.
Result<CoseSign1> SignCoseSign1(formats::Cbor header, ByteSpan payload, const crypto::SigningKey& key);
// Checks header 1 against the key's algorithm, then the signature over `payload`. kMalformed, kUnsupported, kUntrusted.
Result<void> VerifyCoseSign1(const CoseSign1& message, ByteSpan payload, const crypto::VerifyingKey& key);

}  // namespace cloister::translog

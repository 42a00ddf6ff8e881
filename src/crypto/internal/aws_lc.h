// ECDSA verification by AWS-LC (docs/adr/0007-aws-lc-verifies-ecdsa.md). Its headers have the names of OpenSSL's, so
// only aws_lc.cc includes them.
#pragma once

#include <memory>

#include "base/bytes.h"

namespace cloister::crypto::internal {

// A public key on P-256 or P-384, ready for verification. Immutable; to be used from any thread.
struct EcdsaKey;

// `x`, `y`: affine coordinates, big-endian, 32 bytes each (P-256) or 48 (P-384). Another size or a point that is not on
// the curve is a bug: whoever takes keys from outside has checked them.
std::shared_ptr<const EcdsaKey> PrepareEcdsaKey(ByteSpan x, ByteSpan y);

// Whether `signature`, r || s, is one over `digest` (FIPS 186-5 §6.4.2; a digest longer than the order is cut). False
// for every other length, and for r or s that are 0 or not below the order. Allocates nothing after a thread's first
// call.
bool VerifyEcdsa(const EcdsaKey& key, ByteSpan digest, ByteSpan signature);

}  // namespace cloister::crypto::internal

// The encrypted answer of the KBS protocol 0.4.0: JWE (RFC 7516) as flattened JSON without `aad`, content encryption
// A256GCM, keys by ECDH-ES+A256KW, RSA-OAEP-256 or RSA1_5.
#pragma once

#include "token/jwk.h"

namespace cloister::token {

inline constexpr std::size_t kMaxJweBytes = std::size_t{64} << 20;  // of the JSON text

// Encrypts `plaintext` for the owner of `key`. The protected header is compact JSON with `alg`, `enc` first and `epk`
// after them with its members in alphabetical order: the guest's library parses it and writes it again to get the
// additional data, so another order would not decrypt there. kUnsupported: ECDH on P-384, which guests do not have.
Result<std::string> EncryptJwe(const TeePublicKey& key, ByteSpan plaintext);

// Success proves that `jwe` is whole and was encrypted to our key; not who sent it.
// kMalformed; kUnsupported: another `enc`, `zip`, `crit`; kMismatch: `alg` is not our key's; kUntrusted: does not
// decrypt.
Result<SecretBytes> DecryptJwe(const TeePrivateKey& key, std::string_view jwe);

}  // namespace cloister::token

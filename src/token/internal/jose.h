// What the JOSE files of this module share.
#pragma once

#include "token/jwk.h"

namespace cloister::token::internal {

// {kty EC, crv, x, y}, as an `epk` has it.
Result<crypto::EcdhPublicKey> EcdhKeyFromJwk(const formats::Json& jwk);
formats::Json JwkOfEcdhKey(const crypto::EcdhPublicKey& key);

}  // namespace cloister::token::internal

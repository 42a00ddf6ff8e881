// The halves of a CCA token, each read by itself.
#pragma once

#include "evidence/cca/token.h"
#include "token/cose.h"

namespace cloister::evidence::internal {

struct CcaMessages {
  Bytes platform, realm;  // COSE_Sign1
};
// The collection. kMalformed, kLimit.
Result<CcaMessages> SplitCcaToken(ByteSpan token);

// A half whose algorithm is among what it signs, with a payload. kMalformed.
Result<token::UnverifiedCose1> OpenCcaMessage(ByteSpan message);
// Its claims. As ParseCcaToken.
Result<CcaPlatform> ReadCcaPlatform(const token::UnverifiedCose1& message);
Result<CcaRealm> ReadCcaRealm(const token::UnverifiedCose1& message);

}  // namespace cloister::evidence::internal

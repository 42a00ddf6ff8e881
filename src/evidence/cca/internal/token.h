// The halves of a CCA token, each read by itself and in place.
#pragma once

#include "evidence/cca/token.h"
#include "token/cose_view.h"

namespace cloister::evidence::internal {

// Memory that tokens are read into, one after the other.
struct CcaScratch {
  struct Half {
    token::UnverifiedCose1View::Scratch message;
    formats::CborTape claims;
  };
  formats::CborTape collection;
  Half platform, realm;
};

struct CcaMessages {
  ByteSpan platform, realm;  // COSE_Sign1
};
// The collection. kMalformed, kLimit.
Result<CcaMessages> SplitCcaToken(ByteSpan token, CcaScratch& scratch);

// A half whose algorithm is among what it signs, with a payload. kMalformed.
Result<token::UnverifiedCose1View> OpenCcaMessage(ByteSpan message, CcaScratch::Half& scratch);
// Its claims. As ParseCcaToken.
Result<CcaPlatform> ReadCcaPlatform(const token::UnverifiedCose1View& message, CcaScratch::Half& scratch);
Result<CcaRealm> ReadCcaRealm(const token::UnverifiedCose1View& message, CcaScratch::Half& scratch);

}  // namespace cloister::evidence::internal

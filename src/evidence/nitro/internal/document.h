// A Nitro document in a message that was parsed already.
#pragma once

#include "evidence/nitro/document.h"
#include "token/cose.h"

namespace cloister::evidence::internal {

// The envelope, of at most kMaximumNitroDocument bytes. kMalformed, kLimit.
Result<token::UnverifiedCose1> OpenNitroEnvelope(ByteSpan document);
// As ParseNitroDocument.
Result<NitroDocument> ReadNitroDocument(const token::UnverifiedCose1& message);

}  // namespace cloister::evidence::internal

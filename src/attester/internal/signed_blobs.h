// The few fields that a collector looks at in what the hardware signed, before it hands it on. Verifying is the verifier's.
#pragma once

#include "base/bytes.h"

namespace cloister::attester::internal {

struct QuoteView {
  ByteSpan bytes;        // without what the host padded it with
  ByteSpan report_data;  // empty where the layout is none that we know
};
// A TD quote of version 4 or 5 (Intel, "TDX DCAP Quoting Library API"). Something else, such as the CBOR tokens that newer
// platforms give, is passed on as it is. kMalformed: empty, or cut short.
Result<QuoteView> ViewTdQuote(ByteSpan quote);

// The realm challenge of a CCA token (RMM specification, "Attestation token"): the collector's own nonce. kMalformed.
Result<Bytes> CcaChallengeOf(ByteSpan token);

}  // namespace cloister::attester::internal

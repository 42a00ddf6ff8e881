// A Nitro document, read in place.
#pragma once

#include "evidence/nitro/document.h"
#include "token/cose_view.h"

namespace cloister::evidence::internal {

// What a document's certificates are, borrowed.
struct NitroCertificates {
  ByteSpan certificate;
  BoundedVector<ByteSpan, kMaximumNitroBundle> bundle;  // the root first
};

struct NitroView {
  token::UnverifiedCose1View message;
  NitroClaims claims;
  NitroCertificates certificates;
};

// Memory that documents are read into, one after the other.
struct NitroScratch {
  token::UnverifiedCose1View::Scratch message;
  formats::CborTape payload;
};

// As ParseNitroDocument. `document` and `scratch` must outlive what comes back.
Result<NitroView> ReadNitroDocument(ByteSpan document, NitroScratch& scratch);

}  // namespace cloister::evidence::internal

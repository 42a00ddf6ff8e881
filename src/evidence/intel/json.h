// TDX and SGX evidence as the Confidential Containers KBS protocol carries it.
#pragma once

#include <optional>

#include "evidence/intel/quote.h"
#include "formats/json.h"

namespace cloister::evidence {

// What a TD hands over. Everything in it comes from outside.
struct TdxEvidence {
  Bytes quote;
  std::optional<Bytes> event_log;  // CCEL
};

struct SgxEvidence {
  Bytes quote;
};

// {"quote": base64, "cc_eventlog": base64 or null}. Unknown members are passed over. kMalformed; kLimit: a quote of
// over 64 KiB, a log of over 4 MiB.
Result<TdxEvidence> TdxEvidenceFromJson(const formats::Json& json);
formats::Json TdxEvidenceToJson(const TdxEvidence& evidence);
// {"quote": base64}; likewise.
Result<SgxEvidence> SgxEvidenceFromJson(const formats::Json& json);
formats::Json SgxEvidenceToJson(const SgxEvidence& evidence);

}  // namespace cloister::evidence

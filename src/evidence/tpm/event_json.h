// Event logs as Confidential Containers' attestation service gives them to policies, so that policies written for it
// run here too.
#pragma once

#include "evidence/tpm/event_log.h"
#include "formats/json.h"

namespace cloister::evidence {

// Array of {index, type_name, digest_matches_event, digests: [{alg, digest}], event: base64, details}: the member
// `uefi_event_logs` of that service's claims. `digest_matches_event` is DigestOf() == kEvent; where it is false,
// `event` and `details` are whatever the sender wrote. Details that do not follow the form of their type are left
// empty.
formats::Json UefiEventLogs(const EventLog& log);

}  // namespace cloister::evidence

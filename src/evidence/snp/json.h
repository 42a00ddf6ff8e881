// SNP evidence as the Confidential Containers KBS protocol carries it: the serde form of the Rust crate `sev`
// (attestation_report with byte arrays as numbers, cert_chain).
#pragma once

#include "evidence/snp/verify.h"

namespace cloister::evidence {

// kMalformed, kUnsupported: the report is none (see ParseSnpReport), or its TCB does not fit the line.
Result<formats::Json> SnpEvidenceToJson(const SnpEvidence& evidence);
// The report's bytes are put together again, so that the signature can be checked over them. Unknown members and kinds of
// certificate are passed over. kMalformed, kUnsupported; kLimit: over 16 certificates, or one over 64 KiB.
Result<SnpEvidence> SnpEvidenceFromJson(const formats::Json& json);

}  // namespace cloister::evidence

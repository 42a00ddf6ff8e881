// Evidence of NVIDIA devices as JSON, in the two forms that exist.
#pragma once

#include "evidence/nvidia/verify.h"

namespace cloister::evidence {

inline constexpr std::size_t kMaximumNvidiaDevices = 32;

// Reads either form; it proves nothing. At most 32 devices (kLimit). kMalformed, kUnsupported (architecture).
//  - Trustee's: {"device_evidence_list": [{"arch", "uuid", "evidence", "certificate"}]}, where evidence is base64 or hex of
//    the driver's buffer (what follows the report in it is cut off) and certificate base64 of the PEM chain;
//  - nvattest's collection: [{"arch", "nonce": hex, "evidence": base64, "certificate": base64 of PEM, "driver_version"?,
//    "vbios_version"?, "version": "1.0"}]. Nonce and versions in it are what the sender says; only the report's count.
Result<std::vector<NvidiaEvidence>> NvidiaEvidenceFromJson(const formats::Json& json);

formats::Json NvidiaEvidenceToTrusteeJson(std::span<const NvidiaEvidence> devices);
// kMalformed: a report does not parse.
Result<formats::Json> NvidiaEvidenceToCollectionJson(std::span<const NvidiaEvidence> devices);

}  // namespace cloister::evidence

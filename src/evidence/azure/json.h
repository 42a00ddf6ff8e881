// Evidence of Azure's confidential virtual machines as the Confidential Containers KBS protocol carries it, versions 0 to 2.
#pragma once

#include "evidence/azure/verify.h"

namespace cloister::evidence {

template <class Evidence>
struct AzureDocument {
  Evidence evidence;
  // From version 2 on the hardware's report has to cover the nonce too.
  AzureUserData user_data;
};

// Versions 1 and 2: {"version", "tpm_quote": {"signature", "message", "pcrs"} (hex), "hcl_report", and "vcek" or "td_quote"} (base64url,
// padded or not); version 0 without "version" and with bytes as numbers, for SNP as {"quote", "report", "vcek": PEM}. Signatures
// are RSASSA with SHA-256. "vcek" may be absent where the verifier has it. Of SNP also what our
// attester collects: TPM evidence (tpm/json.h) with "hcl_report" in base64. PCRs are those of `demanded`. Unknown members are passed
// over. kMalformed, kUnsupported (another version), kLimit, kMismatch.
Result<AzureDocument<AzureSnpEvidence>> AzureSnpEvidenceFromJson(const formats::Json& json, const DemandedPcrs& demanded);
Result<AzureDocument<AzureTdxEvidence>> AzureTdxEvidenceFromJson(const formats::Json& json, const DemandedPcrs& demanded);

// As version 2 has it; for SNP of the certificates the VCEK alone.
formats::Json AzureSnpEvidenceToJson(const AzureSnpEvidence& evidence);
formats::Json AzureTdxEvidenceToJson(const AzureTdxEvidence& evidence);

}  // namespace cloister::evidence

// TPM evidence as the Confidential Containers KBS protocol carries it, and what our attester adds.
#pragma once

#include "evidence/tpm/verify.h"

namespace cloister::evidence {

// What a machine hands over. Everything in it comes from outside.
struct TpmEvidence {
  TpmQuoteEvidence quote;
  Bytes ak_public;  // SubjectPublicKeyInfo
  std::optional<Bytes> ak_public_area;  // TPMT_PUBLIC
  std::optional<Bytes> ak_certificate;  // DER, perhaps padded
  std::optional<Bytes> event_log;
};

// {"tpm_quote": {"signature": TPMT_SIGNATURE, "message", "pcrs": [hex]}, "ak_public"} and, where they are there, "ak_tpmt_public",
// "ak_certificate", "event_log"; base64 but for the PCRs, which are those of `demanded` (AssignPcrs). Unknown members are passed
// over. kMalformed, kUnsupported, kLimit, kMismatch.
Result<TpmEvidence> TpmEvidenceFromJson(const formats::Json& json, const DemandedPcrs& demanded);
// As our attester writes it; registers ascending.
formats::Json TpmEvidenceToJson(const TpmEvidence& evidence);

namespace internal {
// Bytes as hex, or as numbers as older versions of the protocol have them. kMalformed; kLimit: over `most`.
Result<Bytes> HexOrNumbers(const formats::Json& json, std::size_t most);
// Registers as an array of such bytes.
Result<PcrValues> PcrsFromJson(const formats::Json& array, const DemandedPcrs& demanded);
}  // namespace internal

}  // namespace cloister::evidence

// Quotes of a TPM 2.0, through the TPM2 software stack (tss2), which is loaded when it is asked for.
#pragma once

#include <optional>
#include <vector>

#include "base/bytes.h"
#include "formats/json.h"

namespace cloister::attester {

inline constexpr std::string_view kTpmDevice = "/dev/tpmrm0";
inline constexpr std::size_t kMaxTpmNonce = 64;
inline constexpr unsigned kTpmPcrs = 24;

struct TpmOptions {
  // Which TPM, as tss2 names it: "device:/dev/tpmrm0", "swtpm:host=127.0.0.1,port=2321".
  std::string tcti;
  // A persistent attestation key, such as Azure's 0x81000003. Without it one is made: RSA 2048, RSASSA with SHA-256,
  // restricted, a primary key of the endorsement hierarchy, the same each time on one TPM.
  std::optional<std::uint32_t> key_handle = std::nullopt;
};

// All 24 SHA-256 registers, quoted.
struct TpmCollection {
  Bytes message;           // TPMS_ATTEST
  Bytes signature;         // TPMT_SIGNATURE
  std::vector<Bytes> pcrs;  // by index
  Bytes public_area;       // TPMT_PUBLIC of the key
  std::optional<Bytes> hcl_report;      // Azure's: NV index 0x01400001
  std::optional<Bytes> ak_certificate;  // Azure's, DER: NV index 0x01C101D0, without padding
  std::optional<Bytes> event_log;       // where the caller has one

  // {tpm_quote {signature, message (base64), pcrs (hex)}, ak_public (base64 of the SPKI)}, as the KBS protocol has it; and,
  // beside it, ak_tpmt_public, hcl_report, ak_certificate and event_log (base64) where they are there.
  Result<formats::Json> ToJson() const;
};

// A quote over `nonce` (1 to 64 bytes). kUsage; kNotFound: no tss2, or no such device; kUnavailable: the TPM's or the stack's
// failure, with its number, or registers that kept changing; kUnsupported: a key of another kind; kMismatch: another nonce.
Result<TpmCollection> CollectTpm(const TpmOptions& options, ByteSpan nonce);

}  // namespace cloister::attester

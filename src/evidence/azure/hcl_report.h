// Azure's report of a confidential virtual machine's paravisor (HCL): which attestation key the virtual TPM has, bound to the
// hardware's own report. Read from the TPM's non-volatile memory, index 0x01400001.
//
// Little-endian: "HCLA", u32 version, u32 size up to the padding, u32 request (2), 16 zero bytes; 1184 bytes with the hardware's report,
// filled up with zeros; u32 size of the rest, u32 version (1), u32 TEE, u32 digest (1: SHA-256), u32 size of the runtime data,
// runtime data; padding of zeros.
#pragma once

#include "crypto/sign.h"
#include "formats/json.h"

namespace cloister::evidence {

enum class HclTee : std::uint32_t { kSnp = 2, kTdx = 4 };

inline constexpr std::size_t kHclReportSlot = 1184;
inline constexpr std::size_t kTdReportStructSize = 1024;  // TDREPORT_STRUCT

// Nothing in it has been looked at but its form.
struct UnverifiedHclReport {
  std::uint32_t version;  // 1 or 2
  HclTee tee;
  Bytes tee_report;    // SNP report (1184 bytes) or TDREPORT (1024), which only its own machine can check
  Bytes runtime_data;  // JSON, exactly as its digest is taken
};

// kMalformed (also: anything but zeros where nothing stands); kUnsupported: another version, request or TEE, a digest other than
// SHA-256; kLimit: over 16 KiB.
Result<UnverifiedHclReport> ParseHclReport(ByteSpan bytes);
// As the TPM gives it, with padding up to `size`.
Bytes SerializeHclReport(const UnverifiedHclReport& report, std::size_t size);

// What the report data of the hardware's report or quote must be: SHA-256 over the runtime data, and 32 zero bytes.
std::array<std::uint8_t, 64> HclReportData(ByteSpan runtime_data);

// The runtime data, once its digest was found in what hardware signed.
struct HclRuntimeData {
  crypto::VerifyingKey attestation_key;  // HCLAkPub: RSA, RSASSA with SHA-256
  formats::Json vm_configuration;        // an object
  std::optional<Bytes> user_data;        // 64 bytes that the guest chose
};
// kMalformed (also: no such key, or two), kUnsupported, kLimit.
Result<HclRuntimeData> ParseHclRuntimeData(ByteSpan runtime_data);

}  // namespace cloister::evidence

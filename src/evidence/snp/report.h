// AMD SEV-SNP attestation reports (AMD 56860, "SEV Secure Nested Paging Firmware ABI", table ATTESTATION_REPORT): reading
// and writing their 1184 bytes. Reading proves nothing: only VerifySnp does.
#pragma once

#include <optional>

#include "base/bytes.h"

namespace cloister::evidence {

inline constexpr std::size_t kSnpReportSize = 1184;
inline constexpr std::size_t kSnpSignedSize = 0x2A0;         // the signature covers bytes [0, 0x2A0)
inline constexpr std::uint32_t kSnpHostVmpl = 0xFFFFFFFF;    // `vmpl` of a report that the host asked for

// Which root signs a processor's keys. Siena and Bergamo count as Genoa.
enum class SnpProduct { kMilan, kGenoa, kTurin };
// "Milan", "Genoa", "Turin".
std::string_view SnpProductName(SnpProduct product);
// The line of a CPUID family and model (the extended values, as reports carry them). kUnsupported: no line that we know.
Result<SnpProduct> SnpProductFromCpuid(std::uint8_t family, std::uint8_t model);

// Security version numbers of the firmware parts. Compared part by part, never as one number.
struct SnpTcb {
  std::uint8_t fmc = 0;  // Turin only
  std::uint8_t bootloader = 0;
  std::uint8_t tee = 0;
  std::uint8_t snp = 0;
  std::uint8_t microcode = 0;
  bool operator==(const SnpTcb&) const = default;
  // Whether no part is below the same part of `other`.
  bool AtLeast(const SnpTcb& other) const;
};

// TCB_VERSION as it stands in a report; its byte order depends on the line.
using SnpTcbBytes = std::array<std::uint8_t, 8>;
// kMalformed: a reserved byte of that line's layout is not zero.
Result<SnpTcb> DecodeSnpTcb(const SnpTcbBytes& bytes, SnpProduct product);
// kUsage: fmc where the line has none.
Result<SnpTcbBytes> EncodeSnpTcb(const SnpTcb& tcb, SnpProduct product);

struct SnpFirmwareVersion {
  std::uint8_t major = 0, minor = 0, build = 0;
  bool operator==(const SnpFirmwareVersion&) const = default;
};

struct SnpCpuid {
  std::uint8_t family = 0, model = 0, stepping = 0;
  bool operator==(const SnpCpuid&) const = default;
};

enum class SnpSigningKey : std::uint8_t { kVcek = 0, kVlek = 1, kNone = 7 };

// POLICY: what the guest's owner allowed at launch.
struct SnpPolicy {
  std::uint64_t bits = 0;
  std::uint8_t AbiMinor() const { return static_cast<std::uint8_t>(bits & 0xFF); }
  std::uint8_t AbiMajor() const { return static_cast<std::uint8_t>(bits >> 8 & 0xFF); }
  bool Smt() const { return Bit(16); }
  bool MigrationAgent() const { return Bit(18); }
  bool Debug() const { return Bit(19); }
  bool SingleSocket() const { return Bit(20); }
  bool Bit(unsigned number) const { return (bits >> number & 1) != 0; }
  bool operator==(const SnpPolicy&) const = default;
};

struct SnpReport {
  std::uint32_t version = 0;  // 2, 3 or 5
  std::uint32_t guest_svn = 0;
  SnpPolicy policy;
  std::array<std::uint8_t, 16> family_id{};
  std::array<std::uint8_t, 16> image_id{};
  std::uint32_t vmpl = 0;
  SnpTcbBytes current_tcb{};
  std::uint64_t platform_info = 0;
  bool author_key_enabled = false;
  bool chip_key_masked = false;
  SnpSigningKey signing_key = SnpSigningKey::kVcek;
  std::array<std::uint8_t, 64> report_data{};
  std::array<std::uint8_t, 48> measurement{};
  std::array<std::uint8_t, 32> host_data{};
  std::array<std::uint8_t, 48> id_key_digest{};
  std::array<std::uint8_t, 48> author_key_digest{};
  std::array<std::uint8_t, 32> report_id{};
  std::array<std::uint8_t, 32> report_id_ma{};
  SnpTcbBytes reported_tcb{};
  std::optional<SnpCpuid> cpuid;  // version 3 and above
  std::array<std::uint8_t, 64> chip_id{};
  SnpTcbBytes committed_tcb{};
  SnpFirmwareVersion current;
  SnpFirmwareVersion committed;
  SnpTcbBytes launch_tcb{};
  std::uint64_t launch_mitigations = 0;   // version 5
  std::uint64_t current_mitigations = 0;  // version 5
  // Little-endian, each below 2^384.
  std::array<std::uint8_t, 48> signature_r{};
  std::array<std::uint8_t, 48> signature_s{};
  bool operator==(const SnpReport&) const = default;
};

// Reads exactly one report. Every reserved byte and bit must be zero, so that SerializeSnpReport gives the same bytes.
// kMalformed: another length, reserved bits; kUnsupported: another version or signature algorithm.
Result<SnpReport> ParseSnpReport(ByteSpan raw);
// `report` as firmware writes it. What its version does not have (cpuid, mitigations) must be unset (CHECK).
Bytes SerializeSnpReport(const SnpReport& report);

}  // namespace cloister::evidence

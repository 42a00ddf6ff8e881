// Hygon CSV attestation reports, and Trustee's evidence that carries them. Reading only: the SM2 signatures of the
// report and of its certificates are NOT checked here, so nothing in a report is proven.
#pragma once

#include <optional>

#include "formats/json.h"

namespace cloister::evidence {

inline constexpr std::size_t kCsvReportSize = 4096;  // a page: the report, padded with zeros
inline constexpr std::size_t kMaximumCsvEventLog = std::size_t{512} << 10;

// A guest's policy; bits as Hygon's firmware has them.
struct CsvPolicy {
  std::uint32_t bits = 0;
  bool Bit(unsigned index) const { return (bits >> index & 1) != 0; }
  bool DebugForbidden() const { return Bit(0); }
};

// What is signed in version 2, beyond version 1.
struct CsvExtension {
  std::uint32_t build;
  std::uint16_t rtmr_version;
  std::array<std::uint8_t, 14> reserved0;
  std::array<std::array<std::uint8_t, 32>, 5> rtmrs;
  std::array<std::uint8_t, 656> reserved1;
};

// All fields as the guest asked for them: version 1 writes most of them XORed with a nonce, which is undone here.
struct CsvReport {
  unsigned version;  // 1, 2
  std::array<std::uint8_t, 32> user_public_key_digest;
  std::array<std::uint8_t, 16> vm_id, vm_version;
  std::array<std::uint8_t, 64> report_data;
  std::array<std::uint8_t, 16> mnonce;
  std::array<std::uint8_t, 32> measure;
  CsvPolicy policy;
  std::uint32_t signature_usage, signature_algorithm;
  std::uint32_t anonce;                   // version 1 only, else 0
  std::optional<CsvExtension> extension;  // version 2 only
  Bytes pek;                              // the certificate that the firmware put beside the report, 2084 bytes
  std::array<std::uint8_t, 64> serial_number;
};

// `page` of kCsvReportSize bytes; `version` 1 or 2. kMalformed: another size or version, bytes in the padding.
Result<CsvReport> ParseCsvReport(ByteSpan page, unsigned version);

// How much of a report has to be proven.
enum class CsvCheck {
  kNothing,     // it is read, and its claims say that no signature was checked
  kSignatures,  // refused (kUnsupported): SM2 is not implemented here
};

// A report that may have been made by anyone.
class UnverifiedCsv {
 public:
  // Trustee's evidence: {"attestation_report": {"magic", "flags", "data"}, "cert_chain": {"pek", "hsk_cek"?},
  // "serial_number", "cc_eventlog"?}. The PEK certificate and the serial number must be those inside the report.
  // kMalformed, kLimit, kMismatch; kUnsupported: `check` asks for more than reading.
  static Result<UnverifiedCsv> Read(const formats::Json& evidence, CsvCheck check);

  const CsvReport& report() const { return report_; }
  // Without the zeros at its end.
  const std::string& serial_number() const { return serial_number_; }
  const Bytes& event_log() const { return event_log_; }

  // tee "csv", signature "not_checked", revocation "not_checked", measurement (measure), report_data, debug,
  // hardware_id (serial number); there is no root_sha256 and no simulated, since anyone may have made it. And
  // Trustee's: version ("1", "2"), policy {nodbg, noks, es, nosend, domain, csv, csv3, asid_reuse, hsk_version,
  // cek_version, api_major, api_minor}, user_pubkey_digest, vm_id, vm_version, mnonce, measure, sig_usage, sig_algo,
  // serial_number; of version 1 anonce; of version 2 build, rtmr_version, reserved0, rtmr0 … rtmr4, reserved1. Bytes
  // are lower-case hex, also those of numbers (sig_usage, sig_algo, anonce: little-endian).
  formats::Json Claims() const;

 private:
  UnverifiedCsv(CsvReport report, std::string serial_number, Bytes event_log)
      : report_(std::move(report)), serial_number_(std::move(serial_number)), event_log_(std::move(event_log)) {}
  CsvReport report_;
  std::string serial_number_;
  Bytes event_log_;
};

}  // namespace cloister::evidence

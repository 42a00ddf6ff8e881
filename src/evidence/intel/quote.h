// Quotes of Intel SGX enclaves and TDX trust domains (Intel SGX DCAP ECDSA Quote Library API; TDX DCAP Quoting Library
// API, "Quote Format" versions 3, 4 and 5): reading and writing their bytes. Reading proves nothing: VerifySgx and
// VerifyTdx do.
#pragma once

#include <optional>
#include <variant>

#include "base/bytes.h"

namespace cloister::evidence {

inline constexpr std::size_t kSgxReportSize = 384;
inline constexpr std::size_t kTdReport10Size = 584;
inline constexpr std::size_t kTdReport15Size = 648;
inline constexpr std::size_t kMaximumIntelQuote = std::size_t{64} << 10;

enum class IntelTee { kSgx, kTdx };
// "SGX", "TDX": as Intel's collateral has it.
std::string_view IntelTeeName(IntelTee tee);

// The body's kind, as version 5 numbers it; for the older versions it follows from tee_type.
enum class IntelBodyType : std::uint16_t { kSgx = 1, kTd10 = 2, kTd15 = 3 };

struct IntelQuoteHeader {
  std::uint16_t version = 4;  // 3, 4 or 5; 3 for SGX only
  IntelTee tee = IntelTee::kTdx;
  std::uint16_t qe_svn = 0;   // reserved from version 4 on
  std::uint16_t pce_svn = 0;  // reserved from version 4 on
  std::array<std::uint8_t, 20> user_data{};
  bool operator==(const IntelQuoteHeader&) const = default;
};

// REPORT of an enclave (Intel SDM vol. 3D, §38.15), without its MAC. Numbers are little-endian in the bytes.
struct SgxReport {
  std::array<std::uint8_t, 16> cpu_svn{};
  std::array<std::uint8_t, 4> misc_select{};  // as it stands in memory
  std::array<std::uint8_t, 16> isv_ext_prod_id{};
  std::array<std::uint8_t, 16> attributes{};  // flags (8 bytes), XFRM (8 bytes), as they stand in memory
  std::array<std::uint8_t, 32> mr_enclave{};
  std::array<std::uint8_t, 32> mr_signer{};
  std::array<std::uint8_t, 64> config_id{};
  std::uint16_t isv_prod_id = 0;
  std::uint16_t isv_svn = 0;
  std::uint16_t config_svn = 0;
  std::array<std::uint8_t, 16> isv_family_id{};
  std::array<std::uint8_t, 64> report_data{};
  bool Debug() const { return (attributes[0] & 0x02) != 0; }
  bool operator==(const SgxReport&) const = default;
};

// What TDX 1.5 adds to a TD report.
struct TdReport15 {
  std::array<std::uint8_t, 16> tee_tcb_svn2{};  // of the module that runs now, after an update under running TDs
  std::array<std::uint8_t, 48> mr_service_td{};
  bool operator==(const TdReport15&) const = default;
};

// TDREPORT's body as quotes carry it (TDX DCAP Quoting Library API, "TD Quote Body").
struct TdReport {
  std::array<std::uint8_t, 16> tee_tcb_svn{};
  std::array<std::uint8_t, 48> mr_seam{};
  std::array<std::uint8_t, 48> mr_signer_seam{};
  std::array<std::uint8_t, 8> seam_attributes{};
  std::array<std::uint8_t, 8> td_attributes{};
  std::array<std::uint8_t, 8> xfam{};
  std::array<std::uint8_t, 48> mr_td{};
  std::array<std::uint8_t, 48> mr_config_id{};
  std::array<std::uint8_t, 48> mr_owner{};
  std::array<std::uint8_t, 48> mr_owner_config{};
  std::array<std::array<std::uint8_t, 48>, 4> rtmr{};
  std::array<std::uint8_t, 64> report_data{};
  std::optional<TdReport15> td15;
  // Bit `number` of td_attributes: 0 DEBUG, 28 SEPT_VE_DISABLE, 29 MIGRATABLE, 30 PKS, 31 KL, 63 PERFMON.
  bool Attribute(unsigned number) const { return (td_attributes[number / 8] >> (number % 8) & 1) != 0; }
  bool operator==(const TdReport&) const = default;
};

// How a quote names the PCK certificate of its platform.
inline constexpr std::uint16_t kPckByEncryptedPpid = 3;
inline constexpr std::uint16_t kPckCertificateChain = 5;

// What of a quote has a fixed size.
struct IntelQuoteFields {
  IntelQuoteHeader header;
  IntelBodyType body_type = IntelBodyType::kTd10;
  std::variant<SgxReport, TdReport> body;
  std::array<std::uint8_t, 64> signature{};        // r || s, big-endian, by the attestation key
  std::array<std::uint8_t, 64> attestation_key{};  // x || y on P-256
  SgxReport qe_report;                             // of the quoting enclave that holds the attestation key
  std::array<std::uint8_t, kSgxReportSize> qe_report_bytes{};
  std::array<std::uint8_t, 64> qe_report_signature{};  // by the PCK
  std::uint16_t certification_type = kPckCertificateChain;
  std::size_t trailing_bytes = 0;  // after the signature data; not signed, not looked at
};

// A whole quote. `Octets`: Bytes, which own what they hold, or ByteSpan, which borrow it from the bytes that were read.
template <class Octets>
struct BasicIntelQuote : IntelQuoteFields {
  Octets signed_part;        // header, in version 5 the body's type and size, body: what `signature` covers
  Octets qe_authentication;  // at most 64 KiB - 1
  Octets certification;      // PEM for kPckCertificateChain
};
using IntelQuote = BasicIntelQuote<Bytes>;
using IntelQuoteView = BasicIntelQuote<ByteSpan>;

// Reads one quote. What follows the signature data is counted and dropped, as many sources pad; within it every length
// must fit exactly. Reserved bytes of enclave reports must be zero.
// kMalformed; kUnsupported: a version, key type, TEE, body type or QE vendor other than those above; kLimit: over 64
// KiB.
Result<IntelQuote> ParseIntelQuote(ByteSpan raw);
// The same without copying: what it gives borrows `raw`.
Result<IntelQuoteView> ViewIntelQuote(ByteSpan raw);

// The 384 bytes of an enclave report; the 584 or 648 of a TD report. kMalformed.
Result<SgxReport> ParseSgxReport(ByteSpan raw);
Result<TdReport> ParseTdReport(ByteSpan raw);
Bytes SerializeSgxReport(const SgxReport& report);
Bytes SerializeTdReport(const TdReport& report);

// Header (with the body's type and size in version 5) and body: what the attestation key signs.
Bytes SerializeIntelSignedPart(const IntelQuote& quote);
// The whole quote, from signed_part and what follows; without trailing bytes. The inverse of ParseIntelQuote.
Bytes SerializeIntelQuote(const IntelQuote& quote);

}  // namespace cloister::evidence

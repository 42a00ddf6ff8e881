// Logs of measured boot (TCG PC Client Platform Firmware Profile 1.06, section 10): what firmware and loaders extended
// into a TPM's PCRs, or, as CCEL (UEFI 2.10, section 38.4), into the RTMRs of a confidential VM.
//
// A log is a claim by whoever had it in hand. Its digests count once a replay gives the registers that hardware signed
// (CheckReplay, ReplayCcel); its data count only for events whose digest is that of the data (DigestOf).
#pragma once

#include <optional>

#include "crypto/hash.h"
#include "crypto/register_hash.h"
#include "evidence/registers.h"

namespace cloister::evidence {

inline constexpr unsigned kTpmPcrs = 24;

// TPM_ALG_ID of the hashes that banks have (TCG Algorithm Registry).
enum class PcrBank : std::uint16_t {
  kSha1 = 0x0004,
  kSha256 = 0x000B,
  kSha384 = 0x000C,
  kSha512 = 0x000D,
  kSm3 = 0x0012
};
// "SHA-1", "SHA-256", "SHA-384", "SHA-512", "SM3".
std::string_view PcrBankName(PcrBank bank);
crypto::RegisterHash HashOf(PcrBank bank);
// kUnsupported: another algorithm.
Result<PcrBank> PcrBankFromId(std::uint16_t algorithm_id);

// Types whose content we look at; events may have any other.
inline constexpr std::uint32_t kEvNoAction = 0x3;
inline constexpr std::uint32_t kEvSeparator = 0x4;
inline constexpr std::uint32_t kEvEventTag = 0x6;
inline constexpr std::uint32_t kEvPlatformConfigFlags = 0xA;
inline constexpr std::uint32_t kEvIpl = 0xD;
inline constexpr std::uint32_t kEvEfiVariableDriverConfig = 0x80000001;
inline constexpr std::uint32_t kEvEfiVariableBoot = 0x80000002;
// "EV_SEPARATOR" and so on; hex for types that the profile has not.
std::string EventTypeName(std::uint32_t type);

struct LoggedDigest {
  PcrBank bank;
  Bytes digest;
};

struct LoggedEvent {
  std::uint32_t index = 0;  // PCR, or for CCEL the CC measurement register: 1 is RTMR0
  std::uint32_t type = 0;
  std::vector<LoggedDigest> digests;
  Bytes data;

  // Null where the event has none for `bank`.
  const Bytes* Digest(PcrBank bank) const;
};

struct EventLog {
  bool crypto_agile = true;         // false: the SHA-1 form of TCG 1.2
  std::vector<PcrBank> banks;       // in the order of the log's head
  std::vector<LoggedEvent> events;  // without the specification id event
};

// Reads a whole log. After the last event may come nothing, or a mark of eight bytes 0x00 or 0xFF and then only that
// same byte, as ACPI's log areas have it. A first event that is no "Spec ID Event03" makes the log one of SHA-1.
// kMalformed (also: a digest of a bank that the head lacks, or one bank twice), kUnsupported: another hash algorithm.
// kLimit: over 4 MiB, 16384 events, or 1 MiB in one event.
Result<EventLog> ParseEventLog(ByteSpan log);
// The log's bytes, without padding.
Bytes SerializeEventLog(const EventLog& log);

// What an event's digests were made of.
enum class DigestSource {
  kEvent,     // the data of the event
  kVariable,  // the VariableData within them, as EV_EFI_VARIABLE_BOOT is measured
  kOther,     // something else: a loaded image, a string of grub's, or the data are not what was measured
};
// For EV_NO_ACTION always kOther: nobody extends it.
DigestSource DigestOf(const LoggedEvent& event);

// The registers that the log extends, from the values after a reset: zeros; all bits for PCRs 17 to 22; the locality of
// StartupLocality for PCR 0. EV_NO_ACTION does not extend. kMalformed: an extending event lacks the bank's digest, has
// an index over 23, or two start localities, or one after PCR 0 was extended. kUnsupported: no such hash here.
using PcrValues = Registers<crypto::RegisterDigest, kTpmPcrs>;
Result<PcrValues> ReplayPcrs(const EventLog& log, PcrBank bank);

// RTMR0 to RTMR3 of a CCEL: event index i extends RTMR[i-1] with SHA-384 (Intel TDX Virtual Firmware Design Guide,
// section 8). kMalformed: an extending event of index 0 (MRTD cannot be extended) or over 4, or without SHA-384.
Result<std::array<crypto::Sha384Digest, 4>> ReplayCcel(const EventLog& log);

// Success proves that every register which the log extends has the replayed value in `quoted`, so that the log's
// digests are as authentic as `quoted`. kMismatch: another value; the log extends a register that was not quoted.
Result<void> CheckReplay(const EventLog& log, PcrBank bank, const PcrValues& quoted);

inline constexpr std::uint32_t kSecureBootPcr = 7;
inline constexpr std::uint32_t kSecureBootCcRegister = 1;  // RTMR0 in a CCEL

// The value of the UEFI variable SecureBoot as firmware measured it into the register `index`, by digests of `bank`; only of a log
// whose replay in that bank was checked. An event's type is under no digest, so none is looked at, but that EV_NO_ACTION does not
// extend. Firmware's events end at the first whose digest is that of a separator (00000000 or FFFFFFFF). No answer without a
// separator, after one that tells of an error, where any earlier event's data do not give its digest, or where the variable is
// measured twice or never. RTMR0 has events whose data are only described: a CCEL with such gives no answer.
std::optional<bool> MeasuredSecureBoot(const EventLog& log, PcrBank bank, std::uint32_t index);

}  // namespace cloister::evidence

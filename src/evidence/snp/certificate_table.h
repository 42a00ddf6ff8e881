// The certificate table that a host hands to its guest with an extended report (GHCB specification, "SNP Extended Guest
// Request"). The host wrote it: its content is a hint, nothing more.
#pragma once

#include <optional>
#include <span>

#include "base/bytes.h"

namespace cloister::evidence {

// What a table or an evidence JSON says that a certificate is.
enum class SnpCertificateType { kVcek, kVlek, kAsk, kArk, kCrl };
// "VCEK", "VLEK", "ASK", "ARK", "CRL": the names of the evidence JSON.
std::string_view SnpCertificateTypeName(SnpCertificateType type);
std::optional<SnpCertificateType> SnpCertificateTypeFromName(std::string_view name);

struct SnpCertificate {
  SnpCertificateType type;
  Bytes der;
  bool operator==(const SnpCertificate&) const = default;
};

// Reads a table: entries {GUID in the order of its text, u32 offset, u32 length, little-endian}, an entry of zeros, then the
// certificates. Entries with a GUID that we do not know are left out. An empty input is an empty table.
// kMalformed: no end, a length of zero, an offset or a length that points outside or into the entries, certificates that
// overlap, a type twice. kLimit: over 64 KiB, or over 32 entries.
Result<std::vector<SnpCertificate>> ParseSnpCertificateTable(ByteSpan table);
// The table of `certificates`, in their order, without gaps.
Bytes SerializeSnpCertificateTable(std::span<const SnpCertificate> certificates);

}  // namespace cloister::evidence

#include "evidence/snp/certificate_table.h"

#include <algorithm>

#include "base/byte_reader.h"

namespace cloister::evidence {
namespace {

using Guid = std::array<std::uint8_t, 16>;

constexpr std::size_t kEntrySize = 24;
constexpr std::size_t kMaximumEntries = 32;
constexpr std::size_t kMaximumTable = std::size_t{64} << 10;

struct KnownType {
  SnpCertificateType type;
  std::string_view name;
  Guid guid;
};

constexpr KnownType kKnownTypes[] = {
    {SnpCertificateType::kVcek, "VCEK",
     {0x63, 0xda, 0x75, 0x8d, 0xe6, 0x64, 0x45, 0x64, 0xad, 0xc5, 0xf4, 0xb9, 0x3b, 0xe8, 0xac, 0xcd}},
    {SnpCertificateType::kVlek, "VLEK",
     {0xa8, 0x07, 0x4b, 0xc2, 0xa2, 0x5a, 0x48, 0x3e, 0xaa, 0xe6, 0x39, 0xc0, 0x45, 0xa0, 0xb8, 0xa1}},
    {SnpCertificateType::kAsk, "ASK",
     {0x4a, 0xb7, 0xb3, 0x79, 0xbb, 0xac, 0x4f, 0xe4, 0xa0, 0x2f, 0x05, 0xae, 0xf3, 0x27, 0xc7, 0x82}},
    {SnpCertificateType::kArk, "ARK",
     {0xc0, 0xb4, 0x06, 0xa4, 0xa8, 0x03, 0x49, 0x52, 0x97, 0x43, 0x3f, 0xb6, 0x01, 0x4c, 0xd0, 0xae}},
    {SnpCertificateType::kCrl, "CRL",
     {0x92, 0xf8, 0x1b, 0xc3, 0x58, 0x11, 0x4d, 0x3d, 0x97, 0xff, 0xd1, 0x9f, 0x88, 0xdc, 0x67, 0xea}},
};

const KnownType& Known(SnpCertificateType type) {
  const auto* found = std::find_if(std::begin(kKnownTypes), std::end(kKnownTypes),
                                   [type](const KnownType& known) { return known.type == type; });
  CHECK(found != std::end(kKnownTypes));
  return *found;
}

struct Entry {
  Guid guid;
  std::uint32_t offset;
  std::uint32_t length;
};

Result<std::vector<Entry>> ParseEntries(ByteSpan table) {
  ByteReader reader(table);
  std::vector<Entry> entries;
  while (true) {
    Entry entry{};
    entry.guid = TRY(reader.TakeArray<16>());
    entry.offset = TRY(reader.Le<std::uint32_t>());
    entry.length = TRY(reader.Le<std::uint32_t>());
    if (entry.guid == Guid{}) {
      if (entry.offset == 0 && entry.length == 0) return entries;
      return Error(ErrorCode::kMalformed, "the last entry is not all zero");
    }
    if (entries.size() == kMaximumEntries) return Error(ErrorCode::kLimit, "more than 32 entries");
    entries.push_back(entry);
  }
}

// Every certificate lies behind the entries, inside the table, and shares no byte with another.
Result<void> CheckBounds(std::vector<Entry> entries, std::size_t table_size) {
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.offset < b.offset; });
  std::uint64_t end = (entries.size() + 1) * kEntrySize;
  for (const Entry& entry : entries) {
    if (entry.length == 0) return Error(ErrorCode::kMalformed, "an entry of no bytes");
    if (entry.offset < end) return Error(ErrorCode::kMalformed, "an entry overlaps what is before it");
    end = std::uint64_t{entry.offset} + entry.length;
    if (end > table_size) {
      return Error(ErrorCode::kMalformed, "an entry ends at byte " + std::to_string(end) + " of " +
                                              std::to_string(table_size));
    }
  }
  return {};
}

}  // namespace

std::string_view SnpCertificateTypeName(SnpCertificateType type) { return Known(type).name; }

std::optional<SnpCertificateType> SnpCertificateTypeFromName(std::string_view name) {
  for (const KnownType& known : kKnownTypes) {
    if (known.name == name) return known.type;
  }
  return std::nullopt;
}

Result<std::vector<SnpCertificate>> ParseSnpCertificateTable(ByteSpan table) {
  constexpr std::string_view kWhat = "SNP certificate table";
  std::vector<SnpCertificate> certificates;
  if (table.empty()) return certificates;
  if (table.size() > kMaximumTable) {
    return Error(ErrorCode::kLimit,
                 "SNP certificate table: at most 65536 bytes, got " + std::to_string(table.size()));
  }
  const std::vector<Entry> entries = TRY_WITH(kWhat, ParseEntries(table));
  TRY_WITH(kWhat, CheckBounds(entries, table.size()));
  for (const Entry& entry : entries) {
    const auto* known = std::find_if(std::begin(kKnownTypes), std::end(kKnownTypes),
                                     [&](const KnownType& type) { return type.guid == entry.guid; });
    if (known == std::end(kKnownTypes)) continue;
    if (std::any_of(certificates.begin(), certificates.end(),
                    [&](const SnpCertificate& other) { return other.type == known->type; })) {
      return Error(ErrorCode::kMalformed, "SNP certificate table: " + std::string(known->name) + " is there twice");
    }
    certificates.push_back({known->type, ToBytes(table.subspan(entry.offset, entry.length))});
  }
  return certificates;
}

Bytes SerializeSnpCertificateTable(std::span<const SnpCertificate> certificates) {
  Bytes table;
  std::size_t offset = (certificates.size() + 1) * kEntrySize;
  for (const SnpCertificate& certificate : certificates) {
    const Guid& guid = Known(certificate.type).guid;
    table.insert(table.end(), guid.begin(), guid.end());
    AppendLe(table, static_cast<std::uint32_t>(offset));
    AppendLe(table, static_cast<std::uint32_t>(certificate.der.size()));
    offset += certificate.der.size();
  }
  table.insert(table.end(), kEntrySize, 0);
  for (const SnpCertificate& certificate : certificates) {
    table.insert(table.end(), certificate.der.begin(), certificate.der.end());
  }
  return table;
}

}  // namespace cloister::evidence

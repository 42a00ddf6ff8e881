#include "evidence/tpm/internal/efi.h"

#include <cstdio>

#include "base/byte_reader.h"

namespace cloister::evidence::internal {
namespace {

constexpr std::uint8_t kEndOfPath = 0x7F;

void AppendUtf8(std::string& out, char32_t value) {
  const auto tail = [&](int shift) { out.push_back(static_cast<char>(0x80 | (value >> shift & 0x3F))); };
  if (value < 0x80) {
    out.push_back(static_cast<char>(value));
  } else if (value < 0x800) {
    out.push_back(static_cast<char>(0xC0 | value >> 6));
    tail(0);
  } else if (value < 0x10000) {
    out.push_back(static_cast<char>(0xE0 | value >> 12));
    tail(6);
    tail(0);
  } else {
    out.push_back(static_cast<char>(0xF0 | value >> 18));
    tail(12);
    tail(6);
    tail(0);
  }
}

std::string Hex(std::uint64_t value) {
  char text[24];
  std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(value));
  return text;
}

// UEFI 2.10, section 10.3.3: three letters of five bits each, and a product number.
std::string EisaId(std::uint32_t id) {
  char text[16];
  std::snprintf(text, sizeof text, "%c%c%c%04X", static_cast<int>('@' + (id >> 10 & 0x1F)),
                static_cast<int>('@' + (id >> 5 & 0x1F)), static_cast<int>('@' + (id & 0x1F)),
                static_cast<unsigned>(id >> 16));
  return text;
}

Result<std::string> AcpiText(ByteSpan data) {
  ByteReader reader(data);
  const auto hid = TRY(reader.Le<std::uint32_t>());
  const auto uid = TRY(reader.Le<std::uint32_t>());
  TRY(reader.Finish());
  return "ACPI(" + EisaId(hid) + "," + std::to_string(uid) + ")";
}

Result<std::string> PciText(ByteSpan data) {
  ByteReader reader(data);
  const auto function = TRY(reader.Le<std::uint8_t>());
  const auto device = TRY(reader.Le<std::uint8_t>());
  TRY(reader.Finish());
  return "Pci(" + std::to_string(function) + "," + std::to_string(device) + ")";
}

Result<std::string> HardDriveText(ByteSpan data) {
  ByteReader reader(data);
  const auto partition = TRY(reader.Le<std::uint32_t>());
  const auto start = TRY(reader.Le<std::uint64_t>());
  const auto size = TRY(reader.Le<std::uint64_t>());
  const EfiGuid signature = TRY(reader.TakeArray<16>());
  const auto format = TRY(reader.Le<std::uint8_t>());
  TRY(reader.Take(1));  // type of the signature
  TRY(reader.Finish());
  std::string text = "HD(" + std::to_string(partition) + ",";
  if (format == 2) {
    text += "GPT," + GuidText(signature);
  } else if (format == 1) {
    char number[16];
    std::snprintf(number, sizeof number, "0x%08x", TRY(ByteReader(signature).Le<std::uint32_t>()));
    text += std::string("MBR,") + number;
  } else {
    return Error(ErrorCode::kUnsupported, "device path: a partition format that UEFI has not");
  }
  if (partition != 0) text += "," + Hex(start) + "," + Hex(size);
  return text + ")";
}

Result<std::string> VendorMediaText(ByteSpan data) {
  ByteReader reader(data);
  const EfiGuid guid = TRY(reader.TakeArray<16>());
  return "VenMedia(" + GuidText(guid) + "," + ToHex(data.subspan(16)) + ")";
}

Result<std::string> FileText(ByteSpan data) {
  if (data.size() < 2 || data.size() % 2 != 0)
    return Error(ErrorCode::kMalformed, "device path: a file name in halves");
  return "File(" + Utf8FromUtf16Le(data.first(data.size() - 2)) + ")";
}

Result<std::string> NodeText(std::uint8_t type, std::uint8_t subtype, ByteSpan data) {
  switch (type << 8 | subtype) {
    case 0x0101:
      return PciText(data);
    case 0x0201:
      return AcpiText(data);
    case 0x0401:
      return HardDriveText(data);
    case 0x0403:
      return VendorMediaText(data);
    case 0x0404:
      return FileText(data);
    default:
      return "Path(" + std::to_string(type) + "," + std::to_string(subtype) + "," + ToHex(data) + ")";
  }
}

}  // namespace

Result<EfiVariable> ParseEfiVariable(ByteSpan event) {
  ByteReader reader(event);
  EfiVariable variable;
  variable.guid = TRY(reader.TakeArray<16>());
  variable.name_length = TRY(reader.Le<std::uint64_t>());
  const auto size = TRY(reader.Le<std::uint64_t>());
  if (variable.name_length > reader.left() / 2) return Error(ErrorCode::kMalformed, "UEFI variable: its name is cut");
  variable.name = Utf8FromUtf16Le(TRY(reader.Take(2 * static_cast<std::size_t>(variable.name_length))));
  if (size > reader.left()) return Error(ErrorCode::kMalformed, "UEFI variable: its data are cut");
  variable.data = ToBytes(TRY(reader.Take(static_cast<std::size_t>(size))));
  return variable;
}

std::string Utf8FromUtf16Le(ByteSpan text) {
  std::string out;
  const auto unit = [&](std::size_t i) { return static_cast<char32_t>(text[i] | text[i + 1] << 8); };
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
    const char32_t first = unit(i);
    if (first < 0xD800 || first > 0xDFFF) {
      AppendUtf8(out, first);
    } else if (first < 0xDC00 && i + 3 < text.size() && unit(i + 2) >= 0xDC00 && unit(i + 2) <= 0xDFFF) {
      AppendUtf8(out, 0x10000 + ((first - 0xD800) << 10) + (unit(i + 2) - 0xDC00));
      i += 2;
    } else {
      AppendUtf8(out, 0xFFFD);
    }
  }
  return out;
}

std::string GuidText(const EfiGuid& guid) {
  static constexpr std::size_t kOrder[] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};
  std::string text;
  for (std::size_t i = 0; i < guid.size(); ++i) {
    char byte[4];
    std::snprintf(byte, sizeof byte, "%02X", static_cast<unsigned>(guid[kOrder[i]]));
    if (i == 4 || i == 6 || i == 8 || i == 10) text.push_back('-');
    text += byte;
  }
  return text;
}

Result<std::vector<std::string>> DevicePathText(ByteSpan path) {
  ByteReader reader(path);
  std::vector<std::string> nodes;
  while (reader.left() > 0) {
    const auto type = TRY(reader.Le<std::uint8_t>());
    const auto subtype = TRY(reader.Le<std::uint8_t>());
    const auto length = TRY(reader.Le<std::uint16_t>());
    if (length < 4) return Error(ErrorCode::kMalformed, "device path: a node shorter than its head");
    const ByteSpan data = TRY(reader.Take(length - 4u));
    if (type == kEndOfPath) break;
    nodes.push_back(TRY(NodeText(type, subtype, data)));
  }
  TRY(reader.Finish());
  return nodes;
}

}  // namespace cloister::evidence::internal

// UEFI's structures within events: variables, device paths, UTF-16.
#pragma once

#include <string>

#include "base/bytes.h"

namespace cloister::evidence::internal {

using EfiGuid = std::array<std::uint8_t, 16>;  // as in memory: the first three fields little-endian
inline constexpr EfiGuid kGlobalVariableGuid = {0x61, 0xDF, 0xE4, 0x8B, 0xCA, 0x93, 0xD2, 0x11,
                                                0xAA, 0x0D, 0x00, 0xE0, 0x98, 0x03, 0x2B, 0x8C};

// UEFI_VARIABLE_DATA (TCG PC Client Platform Firmware Profile, section 10.2.6).
struct EfiVariable {
  EfiGuid guid;
  std::uint64_t name_length;  // in 16-bit units
  std::string name;
  Bytes data;
};
// kMalformed. Bytes after the data are passed over: some firmware measures its buffer's slack.
Result<EfiVariable> ParseEfiVariable(ByteSpan event);

// Little-endian UTF-16 as UTF-8; what is no character becomes U+FFFD, an odd last byte is dropped.
std::string Utf8FromUtf16Le(ByteSpan text);

// "1428F772-B64A-441E-B8C3-9EBDD7F893C7", as UEFI writes GUIDs (specification, appendix A).
std::string GuidText(const EfiGuid& guid);

// The nodes of a device path as text (UEFI 2.10, section 10.6.1.6), up to its end node; "Path(type,subtype,hex)" for
// kinds that we do not spell out. kMalformed.
Result<std::vector<std::string>> DevicePathText(ByteSpan path);

}  // namespace cloister::evidence::internal

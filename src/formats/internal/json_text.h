// Pieces of JSON text that both reading and writing need.
#pragma once

#include <string>
#include <string_view>

namespace cloister::formats {

// A finite double as ECMAScript writes it (RFC 8785 §3.2.2.3): shortest digits that read back the same; -0 is "0".
std::string EcmaScriptNumber(double value);

// `text` between quotes with the escapes of RFC 8785 §3.2.2.2; bytes that are not UTF-8 become U+FFFD.
std::string QuotedString(std::string_view text);

// `name` quoted for a message, cut after 64 bytes.
std::string QuotedName(std::string_view name);

}  // namespace cloister::formats

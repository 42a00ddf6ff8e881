// UTF-8, strictly: RFC 3629, so no overlong forms, no surrogates, nothing beyond U+10FFFF.
#pragma once

#include <optional>
#include <string_view>

namespace cloister::formats {

struct CodePoint {
  char32_t value;
  std::size_t bytes;  // 1 to 4
};

// The code point that `text` starts with. None: `text` is empty or does not start with valid UTF-8.
std::optional<CodePoint> FirstCodePoint(std::string_view text);

bool IsUtf8(std::string_view text);

// Whether `a` comes before `b` in the order of their UTF-16 code units (RFC 8785 §3.2.3). Both must be UTF-8.
bool Utf16Less(std::string_view a, std::string_view b);

}  // namespace cloister::formats

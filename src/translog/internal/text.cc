#include "translog/internal/text.h"

#include <charconv>

#include "formats/utf8.h"

namespace cloister::translog {
namespace {

// Unicode's White_Space, as Go's unicode.IsSpace has it.
bool IsSpace(char32_t c) {
  return (c >= 0x09 && c <= 0x0D) || c == 0x20 || c == 0x85 || c == 0xA0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}

template <class Allowed>
bool All(std::string_view text, Allowed allowed) {
  while (!text.empty()) {
    const auto point = formats::FirstCodePoint(text);
    if (!point || !allowed(point->value)) return false;
    text.remove_prefix(point->bytes);
  }
  return true;
}

}  // namespace

bool IsNoteText(std::string_view text) {
  return All(text, [](char32_t c) { return c >= 0x20 || c == '\n'; });
}

bool IsKeyName(std::string_view name) {
  return !name.empty() && All(name, [](char32_t c) { return c >= 0x20 && c != '+' && !IsSpace(c); });
}

Result<std::uint64_t> ParseDecimal(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool leading_zero = text.size() > 1 && text[0] == '0';
  if (text.empty() || leading_zero || error != std::errc() || end != text.data() + text.size()) {
    return Error(ErrorCode::kMalformed, "expected a decimal number below 2^64 without leading zeros");
  }
  return value;
}

}  // namespace cloister::translog

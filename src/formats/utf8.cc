#include "formats/utf8.h"

#include <algorithm>
#include <cstdint>

namespace cloister::formats {
namespace {

// Code points in the order of their UTF-16 code units: surrogate pairs (U+10000 up) start at 0xD800, before U+E000.
char32_t Utf16Rank(char32_t value) { return value >= 0xE000 && value <= 0xFFFF ? value + 0x200000 : value; }

}  // namespace

std::optional<CodePoint> FirstCodePoint(std::string_view text) {
  if (text.empty()) return std::nullopt;
  const auto lead = static_cast<std::uint8_t>(text[0]);
  if (lead < 0x80) return CodePoint{lead, 1};
  const std::size_t bytes = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < bytes) return std::nullopt;
  char32_t value = lead & (0x7Fu >> bytes);
  for (std::size_t i = 1; i < bytes; ++i) {
    const auto next = static_cast<std::uint8_t>(text[i]);
    if ((next & 0xC0) != 0x80) return std::nullopt;
    value = value << 6 | (next & 0x3F);
  }
  constexpr char32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
  if (value < kLeast[bytes] || value > 0x10FFFF || surrogate) return std::nullopt;
  return CodePoint{value, bytes};
}

bool IsUtf8(std::string_view text) {
  while (true) {
    const auto other = std::find_if(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
    text.remove_prefix(static_cast<std::size_t>(other - text.begin()));
    if (text.empty()) return true;
    const auto point = FirstCodePoint(text);
    if (!point) return false;
    text.remove_prefix(point->bytes);
  }
}

bool Utf16Less(std::string_view a, std::string_view b) {
  // What both begin with decides nothing, as far as it is ASCII.
  const auto limit = static_cast<std::ptrdiff_t>(std::min(a.size(), b.size()));
  const auto ascii_and_same = [](char left, char right) { return left == right && static_cast<unsigned char>(left) < 0x80; };
  const auto differ = std::mismatch(a.begin(), a.begin() + limit, b.begin(), ascii_and_same).first;
  const auto same = static_cast<std::size_t>(differ - a.begin());
  a.remove_prefix(same);
  b.remove_prefix(same);
  while (!a.empty() && !b.empty()) {
    const auto left = FirstCodePoint(a);
    const auto right = FirstCodePoint(b);
    if (!left || !right) return a < b;
    if (left->value != right->value) return Utf16Rank(left->value) < Utf16Rank(right->value);
    a.remove_prefix(left->bytes);
    b.remove_prefix(right->bytes);
  }
  return a.size() < b.size();
}

}  // namespace cloister::formats

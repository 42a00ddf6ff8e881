#include "formats/bech32.h"

#include <algorithm>

namespace cloister::formats {
namespace {

constexpr std::string_view kAlphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
constexpr std::size_t kChecksumSize = 6;
constexpr std::size_t kLongest = 4096;

Error Malformed(const std::string& message) { return Error(ErrorCode::kMalformed, "Bech32: " + message); }

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
char Upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }
bool HasLower(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) { return c != Upper(c); });
}
bool HasUpper(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) { return c != Lower(c); });
}

// BIP 173's bech32_polymod, one value at a time.
class Checksum {
 public:
  // The prefix, in lower case, expanded: high bits, a zero, low bits.
  explicit Checksum(std::string_view prefix) {
    for (const char c : prefix) Add(static_cast<std::uint8_t>(Lower(c)) >> 5);
    Add(0);
    for (const char c : prefix) Add(static_cast<std::uint8_t>(Lower(c)) & 31);
  }
  void Add(std::uint32_t value) {
    constexpr std::uint32_t kGenerator[] = {0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3};
    const std::uint32_t top = state_ >> 25;
    state_ = (state_ & 0x1ffffff) << 5 ^ value;
    for (std::uint32_t i = 0; i < 5; ++i) state_ ^= (top >> i & 1) != 0 ? kGenerator[i] : 0;
  }
  std::uint32_t state() const { return state_; }

 private:
  std::uint32_t state_ = 1;
};

// Groups of five bits to bytes. kMalformed: a whole group too much, or padding that is not zero.
Result<SecretBytes> Regroup(ByteSpan groups) {
  SecretBytes out(groups.size() * 5 / 8);
  std::uint32_t window = 0;
  unsigned bits = 0;
  std::size_t at = 0;
  for (const std::uint8_t group : groups) {
    window = (window << 5 | group) & 0xFFF;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    out.ExposeSecretForWriting()[at++] = static_cast<std::uint8_t>(window >> bits & 0xFF);
  }
  if (bits >= 5 || (window & ((1u << bits) - 1)) != 0) return Malformed("expected padding of zero bits");
  return out;
}

}  // namespace

Result<Bech32> DecodeBech32(std::string_view text) {
  if (text.size() > kLongest) return Error(ErrorCode::kLimit, "Bech32: expected at most 4096 characters");
  if (HasLower(text) && HasUpper(text)) return Malformed("expected one case, got both");
  const std::size_t separator = text.rfind('1');
  if (separator == std::string_view::npos || separator == 0) return Malformed("expected a prefix and a separator '1'");
  const std::string_view prefix = text.substr(0, separator);
  const std::string_view coded = text.substr(separator + 1);
  if (!std::all_of(prefix.begin(), prefix.end(), [](char c) { return c >= 0x21 && c <= 0x7E; })) {
    return Malformed("expected printable ASCII in the prefix");
  }
  if (coded.size() < kChecksumSize) return Malformed("expected 6 characters of checksum");
  Checksum checksum(prefix);
  SecretBytes groups(coded.size());
  for (std::size_t i = 0; i < coded.size(); ++i) {
    const std::size_t value = kAlphabet.find(Lower(coded[i]));
    if (value == std::string_view::npos) return Malformed("character outside the alphabet");
    groups.ExposeSecretForWriting()[i] = static_cast<std::uint8_t>(value);
    checksum.Add(static_cast<std::uint32_t>(value));
  }
  if (checksum.state() != 1) return Malformed("checksum does not fit");
  const ByteSpan data = groups.ExposeSecret().first(coded.size() - kChecksumSize);
  SecretBytes bytes = TRY(Regroup(data));
  return Bech32{std::string(prefix), std::move(bytes)};
}

std::string EncodeBech32(std::string_view prefix, ByteSpan data) {
  CHECK(!prefix.empty() && !(HasLower(prefix) && HasUpper(prefix)));
  CHECK(std::all_of(prefix.begin(), prefix.end(), [](char c) { return c >= 0x21 && c <= 0x7E; }));
  std::string out = std::string(prefix) + "1";
  out.reserve(out.size() + data.size() * 8 / 5 + 1 + kChecksumSize);
  Checksum checksum(prefix);
  const auto add = [&](std::uint32_t group) {
    checksum.Add(group);
    out.push_back(kAlphabet[group]);
  };
  std::uint32_t window = 0;
  unsigned bits = 0;
  for (const std::uint8_t byte : data) {
    window = (window << 8 | byte) & 0xFFF;
    for (bits += 8; bits >= 5; bits -= 5) add(window >> (bits - 5) & 31);
  }
  if (bits > 0) add(window << (5 - bits) & 31);
  for (std::size_t i = 0; i < kChecksumSize; ++i) checksum.Add(0);
  const std::uint32_t sum = checksum.state() ^ 1;
  for (unsigned i = 0; i < kChecksumSize; ++i) out.push_back(kAlphabet[sum >> 5 * (kChecksumSize - 1 - i) & 31]);
  if (HasUpper(prefix)) std::transform(out.begin(), out.end(), out.begin(), Upper);
  return out;
}

}  // namespace cloister::formats

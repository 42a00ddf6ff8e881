#include <algorithm>
#include <bit>
#include <cmath>

#include "base/byte_reader.h"
#include "formats/cbor_view.h"
#include "formats/internal/cbor_head.h"

namespace cloister::formats {
namespace {

void AppendHead(Bytes& out, CborMajor major, std::uint64_t argument) {
  const auto lead = static_cast<std::uint8_t>(static_cast<std::uint8_t>(major) << 5);
  if (argument < 24) {
    out.push_back(static_cast<std::uint8_t>(lead | argument));
  } else if (argument <= 0xFF) {
    out.push_back(lead | 24);
    AppendBe(out, static_cast<std::uint8_t>(argument));
  } else if (argument <= 0xFFFF) {
    out.push_back(lead | 25);
    AppendBe(out, static_cast<std::uint16_t>(argument));
  } else if (argument <= 0xFFFFFFFF) {
    out.push_back(lead | 26);
    AppendBe(out, static_cast<std::uint32_t>(argument));
  } else {
    out.push_back(lead | 27);
    AppendBe(out, argument);
  }
}

// The half-precision bits of `value`, if they hold exactly it.
std::optional<std::uint16_t> ExactHalf(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const auto sign = static_cast<std::uint16_t>(bits >> 16 & 0x8000);
  const int exponent = static_cast<int>(bits >> 23 & 0xFF) - 127;
  const std::uint32_t fraction = bits & 0x7FFFFF;
  std::uint16_t half = 0;
  if (exponent == 128) {
    half = 0x7C00;  // infinity; NaN is handled before
  } else if (exponent >= -14 && exponent <= 15) {
    half = static_cast<std::uint16_t>((exponent + 15) << 10 | static_cast<int>(fraction >> 13));
  } else if (exponent >= -24 && exponent < -14) {
    half = static_cast<std::uint16_t>((fraction | 0x800000) >> (-1 - exponent));  // subnormal: units of 2^-24
  }
  half |= sign;
  if (std::bit_cast<std::uint64_t>(HalfToDouble(half)) != std::bit_cast<std::uint64_t>(static_cast<double>(value))) {
    return std::nullopt;
  }
  return half;
}

// RFC 8949 §4.2.1: the shortest of the three floats that keeps the value; NaN is 0x7e00.
void AppendFloat(Bytes& out, double value) {
  constexpr std::uint8_t kHalf = 0xF9, kSingle = 0xFA, kDouble = 0xFB;
  const auto single = static_cast<float>(value);
  const bool fits_single = std::isnan(value) || static_cast<double>(single) == value;
  const auto half = std::isnan(value) ? std::optional<std::uint16_t>(0x7E00)
                    : fits_single     ? ExactHalf(single)
                                      : std::nullopt;
  if (half) {
    out.push_back(kHalf);
    AppendBe(out, *half);
  } else if (fits_single) {
    out.push_back(kSingle);
    AppendBe(out, std::bit_cast<std::uint32_t>(single));
  } else {
    out.push_back(kDouble);
    AppendBe(out, std::bit_cast<std::uint64_t>(value));
  }
}

}  // namespace

double HalfToDouble(std::uint16_t half) {
  const int exponent = half >> 10 & 0x1F;
  const int fraction = half & 0x3FF;
  double value = 0;
  if (exponent == 0) {
    value = std::ldexp(fraction, -24);
  } else if (exponent != 31) {
    value = std::ldexp(fraction + 1024, exponent - 25);
  } else {
    value = fraction == 0 ? INFINITY : NAN;
  }
  return (half & 0x8000) != 0 ? -value : value;
}

class CborEncoder {
 public:
  void Write(const Cbor& cbor) {
    std::visit([this](const auto& value) { Append(value); }, cbor.value_);
  }
  Bytes Take() && { return std::move(out_); }

 private:
  void Append(std::monostate) { out_.push_back(kCborNull); }
  void Append(std::uint64_t value) { AppendHead(out_, CborMajor::kUnsigned, value); }
  void Append(Cbor::Negative value) { AppendHead(out_, CborMajor::kNegative, value.n); }
  void Append(const Bytes& bytes) {
    AppendHead(out_, CborMajor::kBytes, bytes.size());
    out_.insert(out_.end(), bytes.begin(), bytes.end());
  }
  void Append(const std::string& text) {
    AppendHead(out_, CborMajor::kText, text.size());
    out_.insert(out_.end(), text.begin(), text.end());
  }
  void Append(const Cbor::Array& array) {
    AppendHead(out_, CborMajor::kArray, array.size());
    for (const Cbor& element : array) Write(element);
  }
  void Append(const Cbor::Map& map) {
    std::vector<std::pair<Bytes, const Cbor*>> entries;
    for (const auto& [key, value] : map) entries.emplace_back(key.Encode(), &value);
    std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    const auto twice = std::adjacent_find(entries.begin(), entries.end(),
                                          [](const auto& a, const auto& b) { return a.first == b.first; });
    CHECK(twice == entries.end());
    AppendHead(out_, CborMajor::kMap, map.size());
    for (const auto& [key, value] : entries) {
      out_.insert(out_.end(), key.begin(), key.end());
      Write(*value);
    }
  }
  void Append(const Cbor::Tag& tag) {
    AppendHead(out_, CborMajor::kTag, tag.number);
    Write(tag.content.front());
  }
  void Append(bool value) { out_.push_back(value ? kCborTrue : kCborFalse); }
  void Append(double value) { AppendFloat(out_, value); }
  void Append(Cbor::Simple simple) { AppendHead(out_, CborMajor::kSimple, simple.number); }
  void Append(Cbor::UndefinedValue) { out_.push_back(kCborUndefined); }

  Bytes out_;
};

Bytes Cbor::Encode() const {
  CborEncoder encoder;
  encoder.Write(*this);
  return std::move(encoder).Take();
}

void AppendCborArrayHead(Bytes& out, std::size_t count) { AppendHead(out, CborMajor::kArray, count); }

void AppendCborBytes(Bytes& out, ByteSpan bytes) {
  AppendHead(out, CborMajor::kBytes, bytes.size());
  out.insert(out.end(), bytes.begin(), bytes.end());
}

void AppendCborText(Bytes& out, std::string_view text) {
  AppendHead(out, CborMajor::kText, text.size());
  out.insert(out.end(), text.begin(), text.end());
}

}  // namespace cloister::formats

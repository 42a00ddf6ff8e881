// The heads of RFC 8949 §3.
#pragma once

#include <cstdint>

namespace cloister::formats {

enum class CborMajor : std::uint8_t { kUnsigned, kNegative, kBytes, kText, kArray, kMap, kTag, kSimple };

inline constexpr std::uint8_t kCborFalse = 0xF4;
inline constexpr std::uint8_t kCborTrue = 0xF5;
inline constexpr std::uint8_t kCborNull = 0xF6;
inline constexpr std::uint8_t kCborUndefined = 0xF7;

// RFC 8949 Appendix D.
double HalfToDouble(std::uint16_t half);

}  // namespace cloister::formats

// Bytes, and the text forms of bytes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace cloister {

using Bytes = std::vector<std::uint8_t>;
using ByteSpan = std::span<const std::uint8_t>;
using MutableByteSpan = std::span<std::uint8_t>;

// The bytes of `text`, borrowed.
ByteSpan AsBytes(std::string_view text);
// `bytes` as text, borrowed; says nothing about their being valid UTF-8.
std::string_view AsText(ByteSpan bytes);
Bytes ToBytes(std::string_view text);
Bytes ToBytes(ByteSpan bytes);
// All `parts`, one after the other.
Bytes Concat(std::initializer_list<ByteSpan> parts);
// Compares public bytes. Secrets are compared with crypto::ConstantTimeEqual.
bool Equal(ByteSpan a, ByteSpan b);

// Lower-case hex.
std::string ToHex(ByteSpan bytes);
// Takes either case. kMalformed: odd length, another character.
Result<Bytes> FromHex(std::string_view text);

// base64 (RFC 4648 §4, with padding), base64url without padding (§5), and standard alphabet without padding (age).
std::string ToBase64(ByteSpan bytes);
std::string ToBase64Url(ByteSpan bytes);
std::string ToBase64NoPad(ByteSpan bytes);
// Strict: the one canonical form only, so decode then encode gives the same text. kMalformed otherwise.
Result<Bytes> FromBase64(std::string_view text);
Result<Bytes> FromBase64Url(std::string_view text);
Result<Bytes> FromBase64NoPad(std::string_view text);

// Copies exactly N bytes. kMalformed: another length.
template <std::size_t N>
Result<std::array<std::uint8_t, N>> ToArray(ByteSpan bytes) {
  if (bytes.size() != N) {
    return Error(ErrorCode::kMalformed,
                 "expected " + std::to_string(N) + " bytes, got " + std::to_string(bytes.size()));
  }
  std::array<std::uint8_t, N> out;
  std::copy(bytes.begin(), bytes.end(), out.begin());
  return out;
}

}  // namespace cloister

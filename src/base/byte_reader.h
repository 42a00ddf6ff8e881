// Reads fields one after the other from bytes that came from outside.
#pragma once

#include <concepts>

#include "base/bytes.h"

namespace cloister {

// Borrows its input. Every parser ends with Finish(), so that trailing bytes fail.
class ByteReader {
 public:
  explicit ByteReader(ByteSpan input) : rest_(input) {}

  std::size_t left() const { return rest_.size(); }

  // The next `count` bytes, borrowed. kMalformed: fewer are left.
  Result<ByteSpan> Take(std::size_t count);
  template <std::size_t N>
  Result<std::array<std::uint8_t, N>> TakeArray() {
    return ToArray<N>(TRY(Take(N)));
  }
  // Demands that the next `count` bytes are zero; `what` names the field in the message.
  Result<void> Zero(std::size_t count, std::string_view what);

  template <std::unsigned_integral I>
  Result<I> Le() {
    const ByteSpan bytes = TRY(Take(sizeof(I)));
    I value = 0;
    for (std::size_t i = sizeof(I); i-- > 0;) value = static_cast<I>(static_cast<std::uint64_t>(value) << 8 | bytes[i]);
    return value;
  }
  template <std::unsigned_integral I>
  Result<I> Be() {
    const ByteSpan bytes = TRY(Take(sizeof(I)));
    I value = 0;
    for (const std::uint8_t byte : bytes) value = static_cast<I>(static_cast<std::uint64_t>(value) << 8 | byte);
    return value;
  }

  // kMalformed: bytes are left over.
  Result<void> Finish() const;

 private:
  ByteSpan rest_;
};

// An integer's bytes, the most significant first.
template <std::unsigned_integral I>
std::array<std::uint8_t, sizeof(I)> BeBytes(I value) {
  std::array<std::uint8_t, sizeof(I)> bytes;
  for (std::size_t i = 0; i < sizeof(I); ++i) {
    bytes[i] = static_cast<std::uint8_t>(value >> (8 * (sizeof(I) - 1 - i)) & 0xFF);
  }
  return bytes;
}

// Appends integers in a stated byte order.
template <std::unsigned_integral I>
void AppendBe(Bytes& out, I value) {
  for (std::size_t i = sizeof(I); i-- > 0;) out.push_back(static_cast<std::uint8_t>(value >> (8 * i) & 0xFF));
}
template <std::unsigned_integral I>
void AppendLe(Bytes& out, I value) {
  for (std::size_t i = 0; i < sizeof(I); ++i) out.push_back(static_cast<std::uint8_t>(value >> (8 * i) & 0xFF));
}

}  // namespace cloister

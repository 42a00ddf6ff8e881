// Bytes of a bounded number, held in place: for what is read often and must not allocate.
#pragma once

#include "base/bytes.h"

namespace cloister {

template <std::size_t N>
class BoundedBytes {
 public:
  BoundedBytes() = default;
  // More than N bytes are a bug (CHECK): who reads from outside compares with kMaximum before.
  template <class Range>
    requires std::convertible_to<const Range&, ByteSpan>
  BoundedBytes(const Range& bytes) {
    const ByteSpan all(bytes);
    CHECK(all.size() <= N);
    std::copy(all.begin(), all.end(), bytes_.begin());
    size_ = static_cast<std::uint32_t>(all.size());
  }
  BoundedBytes(std::initializer_list<std::uint8_t> bytes) : BoundedBytes(ByteSpan(bytes.begin(), bytes.size())) {}

  static constexpr std::size_t kMaximum = N;

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  const std::uint8_t* data() const { return bytes_.data(); }
  const std::uint8_t* begin() const { return data(); }
  const std::uint8_t* end() const { return data() + size_; }
  std::uint8_t& operator[](std::size_t index) {
    CHECK(index < size_);
    return bytes_[index];
  }
  std::uint8_t operator[](std::size_t index) const {
    CHECK(index < size_);
    return bytes_[index];
  }

  friend bool operator==(const BoundedBytes& a, const BoundedBytes& b) { return Equal(a, b); }
  friend bool operator==(const BoundedBytes& a, const Bytes& b) { return Equal(a, b); }

 private:
  std::uint32_t size_ = 0;
  std::array<std::uint8_t, N> bytes_{};
};

}  // namespace cloister

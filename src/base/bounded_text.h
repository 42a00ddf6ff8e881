// Text of a bounded length, held in place: for what is read often and must not allocate.
#pragma once

#include <string_view>

#include "base/bounded_bytes.h"

namespace cloister {

template <std::size_t N>
class BoundedText {
 public:
  BoundedText() = default;
  // Text over N bytes is a bug (CHECK): who reads from outside compares with kMaximum before.
  explicit BoundedText(std::string_view text) : bytes_(AsBytes(text)) {}

  static constexpr std::size_t kMaximum = N;

  std::string_view view() const { return AsText(bytes_); }
  friend bool operator==(const BoundedText&, const BoundedText&) = default;

 private:
  BoundedBytes<N> bytes_;
};

}  // namespace cloister

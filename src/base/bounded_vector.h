// Values of a bounded number, held in place: for short lists that are made often and must not allocate.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <initializer_list>
#include <utility>

#include "base/check.h"

namespace cloister {

template <class T, std::size_t N>
class BoundedVector {
 public:
  BoundedVector() = default;
  BoundedVector(std::initializer_list<T> values) {
    for (const T& value : values) push_back(value);
  }

  static constexpr std::size_t kMaximum = N;

  // More than N values are a bug (CHECK): who reads from outside compares with kMaximum before.
  void push_back(T value) {
    CHECK(size_ < N);
    values_[size_++] = std::move(value);
  }

  // Keeps the first `size` (at most as many as there are, CHECK).
  void Truncate(std::size_t size) {
    CHECK(size <= size_);
    while (size_ > size) values_[--size_] = T{};
  }

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  T* data() { return values_.data(); }
  const T* data() const { return values_.data(); }
  T* begin() { return data(); }
  const T* begin() const { return data(); }
  T* end() { return data() + size_; }
  const T* end() const { return data() + size_; }
  T& operator[](std::size_t index) {
    CHECK(index < size_);
    return values_[index];
  }
  const T& operator[](std::size_t index) const {
    CHECK(index < size_);
    return values_[index];
  }
  const T& front() const { return (*this)[0]; }

  friend bool operator==(const BoundedVector& a, const BoundedVector& b) { return std::ranges::equal(a, b); }

 private:
  std::size_t size_ = 0;
  std::array<T, N> values_{};
};

}  // namespace cloister

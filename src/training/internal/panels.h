// Memory for numbers about private rows, as the kernels want it.
#pragma once

#include <cstddef>

namespace cloister::training::internal {

// Zeros at first; begins at a multiple of 64 bytes; wiped when it goes.
class PrivateFloats {
 public:
  PrivateFloats() = default;
  explicit PrivateFloats(std::size_t size);
  ~PrivateFloats();
  PrivateFloats(PrivateFloats&& other) noexcept;
  PrivateFloats& operator=(PrivateFloats&& other) noexcept;
  float* data() { return data_; }
  const float* data() const { return data_; }

 private:
  float* data_ = nullptr;
  std::size_t size_ = 0;
};

// rows × columns in panels (kernels.h).
class Panels {
 public:
  Panels(std::size_t rows, std::size_t columns);

  std::size_t columns() const { return columns_; }
  std::size_t stride() const { return stride_; }  // numbers from panel to panel
  float* At(std::size_t row, std::size_t panel);
  const float* At(std::size_t row, std::size_t panel) const;
  float Value(std::size_t row, std::size_t column) const;
  void Add(std::size_t row, std::size_t column, float value);
  void ZeroRow(std::size_t row);

 private:
  std::size_t columns_;
  std::size_t stride_;
  PrivateFloats values_;
};

}  // namespace cloister::training::internal

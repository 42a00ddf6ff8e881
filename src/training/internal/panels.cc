#include "training/internal/panels.h"

#include <algorithm>
#include <new>
#include <utility>

#include "base/secret_bytes.h"
#include "training/internal/kernels.h"

namespace cloister::training::internal {
namespace {

constexpr std::align_val_t kAlignment{64};

}  // namespace

PrivateFloats::PrivateFloats(std::size_t size)
    : data_(static_cast<float*>(::operator new(size * sizeof(float), kAlignment))), size_(size) {
  std::fill_n(data_, size_, 0.0F);
}

PrivateFloats::~PrivateFloats() {
  if (data_ == nullptr) return;
  Wipe({reinterpret_cast<std::uint8_t*>(data_), size_ * sizeof(float)});
  ::operator delete(data_, kAlignment);
}

PrivateFloats::PrivateFloats(PrivateFloats&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

PrivateFloats& PrivateFloats::operator=(PrivateFloats&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

// Eight rows more than asked: panels that lie a power of two apart would share cache sets.
Panels::Panels(std::size_t rows, std::size_t columns)
    : columns_(columns), stride_((rows + kTile) * kPanel), values_(PanelsFor(columns) * stride_) {}

float* Panels::At(std::size_t row, std::size_t panel) { return values_.data() + panel * stride_ + row * kPanel; }
const float* Panels::At(std::size_t row, std::size_t panel) const { return values_.data() + panel * stride_ + row * kPanel; }

float Panels::Value(std::size_t row, std::size_t column) const { return At(row, column / kPanel)[column % kPanel]; }

void Panels::Add(std::size_t row, std::size_t column, float value) { At(row, column / kPanel)[column % kPanel] += value; }

void Panels::ZeroRow(std::size_t row) {
  for (std::size_t panel = 0; panel < PanelsFor(columns_); ++panel) std::fill_n(At(row, panel), kPanel, 0.0F);
}

}  // namespace cloister::training::internal

// Bodies of the kernels for vectors of kLanes floats, which the including file defines together with kRows, the rows of a
// register tile, and kAcross, its vectors. The file is compiled for one instruction set: nothing here may be inline or a
// template outside of the unnamed namespace, and nothing of the standard library is called (of <utility>, only a type is used), so that no code that this machine
// lacks can replace code that others share.

#include <utility>

#include "training/internal/kernels.h"

namespace cloister::training::internal {
namespace {

typedef float Vector __attribute__((vector_size(4 * kLanes), may_alias));
typedef float Loose __attribute__((vector_size(4 * kLanes), aligned(4), may_alias));
typedef std::int32_t Integers __attribute__((vector_size(4 * kLanes), may_alias));
typedef std::uint32_t Bits __attribute__((vector_size(4 * kLanes), may_alias));

#define CLOISTER_INLINE inline __attribute__((always_inline))

CLOISTER_INLINE Vector Load(const float* from) { return *reinterpret_cast<const Vector*>(from); }
CLOISTER_INLINE void Store(float* to, Vector value) { *reinterpret_cast<Vector*>(to) = value; }
CLOISTER_INLINE Vector LoadLoose(const float* from) { return *reinterpret_cast<const Loose*>(from); }
CLOISTER_INLINE void StoreLoose(float* to, Vector value) { *reinterpret_cast<Loose*>(to) = value; }
CLOISTER_INLINE Vector All(float value) { return value - Vector{}; }
CLOISTER_INLINE Vector PositivePart(Vector value) { return value > 0 ? value : Vector{}; }
CLOISTER_INLINE std::size_t Least(std::size_t a, std::size_t b) { return a < b ? a : b; }
// Columns that loops cover: whole vectors, within a panel.
CLOISTER_INLINE std::size_t Covered(std::size_t columns) { return columns > 16 ? kPanel : 16; }

// ---- products ----

template <std::size_t kAcrossHere>
CLOISTER_INLINE void MultiplyTile(const RowProduct& p, std::size_t row, std::size_t column) {
  Vector sum[kRows][kAcrossHere];
  for (std::size_t j = 0; j < kAcrossHere; ++j) {
    const Vector start = p.bias != nullptr ? Load(p.bias + column + j * kLanes) : Vector{};
    for (std::size_t i = 0; i < kRows; ++i) sum[i][j] = start;
  }
  const float* a = p.a + row * kPanel;
  const float* b = p.b + column;
  for (std::size_t left = p.depth; left > 0; a += p.a_stride) {
    const std::size_t width = Least(left, kPanel);
    left -= width;
#pragma GCC unroll 2
    for (std::size_t k = 0; k < width; ++k, b += kPanel) {
      Vector right[kAcrossHere];
      for (std::size_t j = 0; j < kAcrossHere; ++j) right[j] = Load(b + j * kLanes);
#pragma GCC unroll 16
      for (std::size_t i = 0; i < kRows; ++i) {
        for (std::size_t j = 0; j < kAcrossHere; ++j) sum[i][j] += a[i * kPanel + k] * right[j];
      }
    }
  }
  for (std::size_t i = 0; i < kRows; ++i) {
    for (std::size_t j = 0; j < kAcrossHere; ++j) {
      const std::size_t at = (row + i) * kPanel + column + j * kLanes;
      Vector value = sum[i][j];
      if (p.relu) value = PositivePart(value);
      if (p.mask != nullptr) value = Load(p.mask + at) > 0 ? value : Vector{};
      Store(p.out + at, value);
    }
  }
}

void Multiply(const RowProduct& p) {
  constexpr std::size_t kStep = kAcross * kLanes;
  const std::size_t columns = Covered(p.columns);
  for (std::size_t row = 0; row < p.rows; row += kRows) {
    std::size_t column = 0;
    for (; column + kStep <= columns; column += kStep) MultiplyTile<kAcross>(p, row, column);
    for (; column < columns; column += kLanes) MultiplyTile<1>(p, row, column);
  }
}

template <std::size_t kAcrossHere>
CLOISTER_INLINE void MultiplyTurnedTile(const float* a, const float* b, std::size_t rows, float* tile) {
  Vector sum[kRows][kAcrossHere];
  for (std::size_t i = 0; i < kRows; ++i) {
    for (std::size_t j = 0; j < kAcrossHere; ++j) sum[i][j] = Vector{};
  }
#pragma GCC unroll 2
  for (std::size_t row = 0; row < rows; ++row, a += kPanel, b += kPanel) {
    Vector right[kAcrossHere];
    for (std::size_t j = 0; j < kAcrossHere; ++j) right[j] = Load(b + j * kLanes);
#pragma GCC unroll 16
    for (std::size_t i = 0; i < kRows; ++i) {
      for (std::size_t j = 0; j < kAcrossHere; ++j) sum[i][j] += a[i] * right[j];
    }
  }
  for (std::size_t i = 0; i < kRows; ++i) {
    for (std::size_t j = 0; j < kAcrossHere; ++j) Store(tile + i * kPanel + j * kLanes, sum[i][j]);
  }
}

void MultiplyTurned(const float* a, const float* b, std::size_t rows, std::size_t columns, float* tile) {
  constexpr std::size_t kStep = kAcross * kLanes;
  columns = Covered(columns);
  for (std::size_t i = 0; i < kTile; i += kRows) {
    float* const out = tile + i * kPanel;
    std::size_t column = 0;
    for (; column + kStep <= columns; column += kStep) MultiplyTurnedTile<kAcross>(a + i, b + column, rows, out + column);
    for (; column < columns; column += kLanes) MultiplyTurnedTile<1>(a + i, b + column, rows, out + column);
  }
}

// ---- sums ----

void AddTile(const float* tile, std::size_t rows, std::size_t columns, bool first, double* sums, std::size_t stride) {
  for (std::size_t i = 0; i < rows; ++i) {
    const float* __restrict from = tile + i * kPanel;
    double* __restrict to = sums + i * stride;
    if (first) {
      for (std::size_t j = 0; j < columns; ++j) to[j] = static_cast<double>(from[j]);
    } else {
      for (std::size_t j = 0; j < columns; ++j) to[j] += static_cast<double>(from[j]);
    }
  }
}

void AddColumns(const float* panel, std::size_t rows, std::size_t columns, double factor, bool first, double* sums) {
  alignas(64) float total[kPanel];
  for (std::size_t j = 0; j < kPanel; j += kLanes) {
    Vector even{}, odd{};
    std::size_t i = 0;
    for (; i + 2 <= rows; i += 2) {
      even += Load(panel + i * kPanel + j);
      odd += Load(panel + (i + 1) * kPanel + j);
    }
    if (i < rows) even += Load(panel + i * kPanel + j);
    Store(total + j, even + odd);
  }
  for (std::size_t j = 0; j < columns; ++j) sums[j] = (first ? 0.0 : sums[j]) + factor * static_cast<double>(total[j]);
}

CLOISTER_INLINE float SumOfLanes(Vector value) {
  alignas(64) float lanes[kLanes];
  Store(lanes, value);
#pragma GCC unroll 4
  for (std::size_t half = kLanes / 2; half > 0; half /= 2) {
#pragma GCC unroll 8
    for (std::size_t i = 0; i < half; ++i) lanes[i] += lanes[i + half];
  }
  return lanes[0];
}

void AddSquaredNorms(const float* panels, std::size_t stride, std::size_t columns, std::size_t rows, double* out) {
  constexpr std::size_t kStretch = 256;
  for (std::size_t i = 0; i < rows; ++i) {
    double total = 0;
    const float* row = panels + i * kPanel;
    for (std::size_t start = 0; start < columns; start += kStretch) {
      const std::size_t end = Least(columns, start + kStretch);
      Vector sum{};
      for (std::size_t column = start; column < end; column += kPanel, row += stride) {
        const std::size_t width = Covered(end - column);
        for (std::size_t j = 0; j < width; j += kLanes) sum += Load(row + j) * Load(row + j);
      }
      total += static_cast<double>(SumOfLanes(sum));
    }
    out[i] += total;
  }
}

void ScaleRows(float* panels, std::size_t stride, std::size_t columns, std::size_t rows, const float* weights) {
  for (std::size_t column = 0; column < columns; column += kPanel, panels += stride) {
    const std::size_t width = Covered(columns - column);
    for (std::size_t i = 0; i < rows; ++i) {
      for (std::size_t j = 0; j < width; j += kLanes) {
        Store(panels + i * kPanel + j, weights[i] * Load(panels + i * kPanel + j));
      }
    }
  }
}

void ScaleInput(const float* __restrict raw, const float* __restrict low, const float* __restrict high,
                const float* __restrict inverse, const float* __restrict centre, std::size_t count, float* __restrict out) {
  // Plain comparisons, which the compiler vectorises; NaN is the only value that differs from itself.
  for (std::size_t i = 0; i < count; ++i) {
    const float above = raw[i] < low[i] ? low[i] : raw[i];
    const float inside = above > high[i] ? high[i] : above;
    const float scaled = (inside - low[i]) * inverse[i] - centre[i];
    out[i] = raw[i] == raw[i] ? scaled : 0;
  }
}

// ---- probabilities ----

// e^x to 2e-7 of itself, for x of at most 88; what is below -87 counts as -87.
CLOISTER_INLINE Vector Exponential(Vector x) {
  const Vector bounded = x < -87.0F ? All(-87.0F) : x;
  const Vector shifted = bounded * 1.44269504F + 12582912.0F;  // 1.5 * 2^23: the low bits now hold the nearest integer
  const Vector n = shifted - 12582912.0F;
  const Vector r = (bounded - n * 0.693359375F) + n * 2.12194440e-4F;
  Vector p = r * (1.0F / 5040) + 1.0F / 720;
  p = p * r + 1.0F / 120;
  p = p * r + 1.0F / 24;
  p = p * r + 1.0F / 6;
  p = p * r + 0.5F;
  p = (p * r) * r + r + 1.0F;
  const Bits bits = (reinterpret_cast<Bits>(shifted) << 23) + reinterpret_cast<Bits>(p);
  return reinterpret_cast<Vector>(bits);
}

CLOISTER_INLINE Integers LaneNumbers() {
  Integers numbers;
  for (std::size_t i = 0; i < kLanes; ++i) numbers[i] = static_cast<std::int32_t>(i);
  return numbers;
}

void Softmax(const float* logits, std::size_t stride, std::size_t columns, std::size_t rows, float* out) {
  const Integers lanes = LaneNumbers();
  for (std::size_t i = 0; i < rows; ++i) {
    float largest = logits[i * kPanel];
    for (std::size_t j = 1; j < columns; ++j) {
      const float value = logits[j / kPanel * stride + i * kPanel + j % kPanel];
      largest = value > largest ? value : largest;
    }
    Vector total{};
    for (std::size_t column = 0; column < columns; column += kLanes) {
      const std::size_t at = column / kPanel * stride + i * kPanel + column % kPanel;
      const auto left = static_cast<std::int32_t>(columns - column);
      const Vector value = lanes < left ? Exponential(Load(logits + at) - largest) : Vector{};
      Store(out + at, value);
      total += value;
    }
    const float share = 1 / SumOfLanes(total);
    for (std::size_t column = 0; column < columns; column += kLanes) {
      const std::size_t at = column / kPanel * stride + i * kPanel + column % kPanel;
      Store(out + at, share * Load(out + at));
    }
  }
}

void Sigmoid(const float* logits, std::size_t stride, std::size_t columns, std::size_t rows, float* out) {
  const Integers lanes = LaneNumbers();
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t column = 0; column < columns; column += kLanes) {
      const std::size_t at = column / kPanel * stride + i * kPanel + column % kPanel;
      const auto left = static_cast<std::int32_t>(columns - column);
      const Vector minus = -Load(logits + at);
      const Vector value = 1.0F / (1.0F + Exponential(minus > 87.0F ? All(87.0F) : minus));
      Store(out + at, lanes < left ? value : Vector{});
    }
  }
}

// ---- weights ----

// In blocks of 2 * kHalf, exchanges the upper half of `a` with the lower half of `b`.
template <int kHalf, int... kLane>
CLOISTER_INLINE void Exchange(Vector& a, Vector& b, std::integer_sequence<int, kLane...>) {
  constexpr int kCount = static_cast<int>(kLanes);
  const Vector low = __builtin_shufflevector(a, b, ((kLane & kHalf) != 0 ? kLane - kHalf + kCount : kLane)...);
  const Vector high = __builtin_shufflevector(a, b, ((kLane & kHalf) != 0 ? kLane + kCount : kLane + kHalf)...);
  a = low;
  b = high;
}

// Turns kLanes × kLanes numbers by exchanging ever smaller halves.
template <int kHalf>
CLOISTER_INLINE void Turn(Vector* rows) {
  constexpr int kCount = static_cast<int>(kLanes);
#pragma GCC unroll 16
  for (int i = 0; i < kCount; ++i) {
    if ((i & kHalf) == 0) Exchange<kHalf>(rows[i], rows[i + kHalf], std::make_integer_sequence<int, kCount>{});
  }
  if constexpr (kHalf > 1) Turn<kHalf / 2>(rows);
}

void Pack(const float* weights, std::size_t stride, std::size_t outputs, std::size_t inputs, float* straight, float* turned) {
  for (std::size_t i = 0; i < outputs; ++i) {
    for (std::size_t j = 0; j < inputs; ++j) straight[i * kPanel + j] = weights[i * stride + j];
  }
  for (std::size_t i = 0; i < outputs; i += kLanes) {
    for (std::size_t j = 0; j < inputs; j += kLanes) {
      Vector rows[kLanes];
      // `straight` has zeros behind the last input, and room.
      for (std::size_t r = 0; r < kLanes; ++r) rows[r] = i + r < outputs ? Load(straight + (i + r) * kPanel + j) : Vector{};
      Turn<static_cast<int>(kLanes) / 2>(rows);
      const std::size_t width = Least(kLanes, inputs - j);
      for (std::size_t r = 0; r < width; ++r) Store(turned + (j + r) * kPanel + i, rows[r]);
    }
  }
}

void Update(const double* __restrict sum, std::size_t count, float scale, float momentum, float rate,
            float* __restrict velocity, float* __restrict parameters) {
  for (std::size_t i = 0; i < count; ++i) {
    const float moved = momentum * velocity[i] + static_cast<float>(sum[i]) * scale;
    velocity[i] = moved;
    parameters[i] -= rate * moved;
  }
}

constexpr Kernels MakeKernels(VectorPath path) {
  return {path,        Multiply, MultiplyTurned, AddTile, AddColumns, AddSquaredNorms, ScaleRows, ScaleInput, Softmax, Sigmoid,
          Pack, Update};
}

}  // namespace
}  // namespace cloister::training::internal

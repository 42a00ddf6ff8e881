// The inner loops of training, once for each vector path.
//
// Matrices of rows (activations, gradients of outputs) and weights lie in panels: kPanel columns at a time, each panel row after
// row without gaps, so that every loop reads memory in order. Columns behind the last one of a matrix are zeros. Panels begin
// at multiples of 64 bytes.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/cpu.h"

namespace cloister::training::internal {

constexpr std::size_t kPanel = 32;  // columns of a panel
constexpr std::size_t kTile = 8;    // rows computed at once

constexpr std::size_t PanelsFor(std::size_t columns) { return (columns + kPanel - 1) / kPanel; }

// One panel of out = act(bias + a · b).
struct RowProduct {
  const float* a;        // first panel, at the first row
  std::size_t a_stride;  // numbers from one panel of `a` to the next
  std::size_t depth;     // columns of a, rows of b
  const float* b;        // one panel
  std::size_t rows;      // a multiple of kTile
  std::size_t columns;   // wanted; the next multiple of 16 is computed
  const float* bias;     // kPanel numbers, or null
  const float* mask;     // panel laid out like `out`: where it is not above 0, out becomes 0; or null
  bool relu;             // whether what is not above 0 becomes 0
  float* out;            // one panel, at the first row
};

struct Kernels {
  VectorPath path;

  void (*multiply)(const RowProduct& product);
  // tile (kTile × kPanel) := the product of kTile columns of a panel, turned, with a panel: sum over rows of a[row][i] b[row][j].
  void (*multiply_turned)(const float* a, const float* b, std::size_t rows, std::size_t columns, float* tile);
  // sums[i * stride + j] := or += tile[i][j] for i < rows, j < columns.
  void (*add_tile)(const float* tile, std::size_t rows, std::size_t columns, bool first, double* sums, std::size_t stride);
  // sums[j] := or += factor * (sum over rows of panel[row][j]) for j < columns.
  void (*add_columns)(const float* panel, std::size_t rows, std::size_t columns, double factor, bool first, double* sums);
  // out[i] += squared norm of row i of a matrix in panels. Single precision over stretches of at most 256 columns.
  void (*add_squared_norms)(const float* panels, std::size_t stride, std::size_t columns, std::size_t rows, double* out);
  // Row i times weights[i].
  void (*scale_rows)(float* panels, std::size_t stride, std::size_t columns, std::size_t rows, const float* weights);
  // The scaling of InputScaling: out[i] = (clamp(raw[i], low[i], high[i]) - low[i]) * inverse[i] - centre[i]; 0 for NaN.
  void (*scale_input)(const float* raw, const float* low, const float* high, const float* inverse, const float* centre,
                      std::size_t count, float* out);
  // Each row's probabilities from its logits, both in panels. Zeros behind the last column.
  void (*softmax)(const float* logits, std::size_t stride, std::size_t columns, std::size_t rows, float* out);
  void (*sigmoid)(const float* logits, std::size_t stride, std::size_t columns, std::size_t rows, float* out);
  // One block of at most kPanel × kPanel weights as it lies in panels of inputs (outputs × kPanel) and of outputs (turned:
  // inputs × kPanel). Writes zeros behind the last output of a row of `turned`.
  void (*pack)(const float* weights, std::size_t stride, std::size_t outputs, std::size_t inputs, float* straight, float* turned);
  // velocity := momentum * velocity + scale * sum; parameters -= rate * velocity.
  void (*update)(const double* sum, std::size_t count, float scale, float momentum, float rate, float* velocity,
                 float* parameters);
};

// CHECKs that this machine supports the path.
const Kernels& KernelsFor(VectorPath path);

const Kernels& PortableKernels();
#if defined(__x86_64__)
const Kernels& Avx2Kernels();
const Kernels& Avx512Kernels();
#endif

}  // namespace cloister::training::internal

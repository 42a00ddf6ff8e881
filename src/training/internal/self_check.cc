#include "training/internal/self_check.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "training/internal/panels.h"

namespace cloister::training::internal {
namespace {

// Sizes that need whole and partial panels, vectors and tiles.
constexpr std::size_t kRows = 16, kInputs = 43, kOutputs = 21;

// Numbers in [-1, 1] that follow no pattern.
class Numbers {
 public:
  float Next() {
    state_ = state_ * 6364136223846793005U + 1442695040888963407U;
    return static_cast<float>(static_cast<double>(state_ >> 40) * 0x1p-23 - 1);
  }

 private:
  std::uint64_t state_ = 1;
};

struct Problem {
  Panels a{kRows, kInputs}, g{kRows, kOutputs}, out{kRows, kOutputs}, back{kRows, kInputs};
  std::vector<float> weights = std::vector<float>(kInputs * kOutputs);
  PrivateFloats straight{PanelsFor(kInputs) * kOutputs * kPanel}, turned{kInputs * kPanel}, bias{kPanel};

  explicit Problem(const Kernels& kernels) {
    Numbers numbers;
    for (std::size_t i = 0; i < kRows; ++i) {
      for (std::size_t j = 0; j < kInputs; ++j) a.Add(i, j, numbers.Next());
      for (std::size_t j = 0; j < kOutputs; ++j) g.Add(i, j, numbers.Next());
    }
    for (float& weight : weights) weight = numbers.Next();
    for (std::size_t j = 0; j < kOutputs; ++j) bias.data()[j] = numbers.Next();
    for (std::size_t panel = 0; panel < PanelsFor(kInputs); ++panel) {
      kernels.pack(weights.data() + panel * kPanel, kInputs, kOutputs, std::min(kPanel, kInputs - panel * kPanel),
                   straight.data() + panel * kOutputs * kPanel, turned.data() + panel * kPanel * kPanel);
    }
  }
};

bool Near(double got, double expected) { return std::fabs(got - expected) <= 1e-5 * (1 + std::fabs(expected)); }

bool MultipliesForwards(const Kernels& kernels, Problem& p) {
  kernels.multiply({.a = p.a.At(0, 0), .a_stride = p.a.stride(), .depth = kInputs, .b = p.turned.data(), .rows = kRows,
                    .columns = kOutputs, .bias = p.bias.data(), .mask = nullptr, .relu = true, .out = p.out.At(0, 0)});
  for (std::size_t i = 0; i < kRows; ++i) {
    for (std::size_t j = 0; j < kOutputs; ++j) {
      double sum = p.bias.data()[j];
      for (std::size_t k = 0; k < kInputs; ++k) sum += static_cast<double>(p.a.Value(i, k)) * p.weights[j * kInputs + k];
      if (!Near(p.out.Value(i, j), std::max(sum, 0.0))) return false;
    }
  }
  return true;
}

bool MultipliesBackwards(const Kernels& kernels, Problem& p) {
  for (std::size_t panel = 0; panel < PanelsFor(kInputs); ++panel) {
    kernels.multiply({.a = p.g.At(0, 0), .a_stride = p.g.stride(), .depth = kOutputs,
                      .b = p.straight.data() + panel * kOutputs * kPanel, .rows = kRows,
                      .columns = std::min(kPanel, kInputs - panel * kPanel), .bias = nullptr, .mask = p.a.At(0, panel),
                      .relu = false, .out = p.back.At(0, panel)});
  }
  for (std::size_t i = 0; i < kRows; ++i) {
    for (std::size_t j = 0; j < kInputs; ++j) {
      double sum = 0;
      for (std::size_t k = 0; k < kOutputs; ++k) sum += static_cast<double>(p.g.Value(i, k)) * p.weights[k * kInputs + j];
      if (!Near(p.back.Value(i, j), p.a.Value(i, j) > 0 ? sum : 0)) return false;
    }
  }
  return true;
}

bool SumsProducts(const Kernels& kernels, const Problem& p) {
  alignas(64) float tile[kTile * kPanel];
  double sums[kTile * kPanel], columns[kPanel];
  kernels.multiply_turned(p.g.At(0, 0) + kTile, p.a.At(0, 1), kRows, kInputs - kPanel, tile);
  for (const bool first : {true, false}) kernels.add_tile(tile, kTile, kInputs - kPanel, first, sums, kPanel);
  for (const bool first : {true, false}) kernels.add_columns(p.g.At(0, 0), kRows, kOutputs, 0.5, first, columns);
  for (std::size_t i = 0; i < kTile; ++i) {
    double column = 0;
    for (std::size_t row = 0; row < kRows; ++row) column += p.g.Value(row, i);
    if (!Near(columns[i], column)) return false;
    for (std::size_t j = 0; j < kInputs - kPanel; ++j) {
      double sum = 0;
      for (std::size_t row = 0; row < kRows; ++row) {
        sum += 2.0 * p.g.Value(row, i + kTile) * p.a.Value(row, kPanel + j);
      }
      if (!Near(sums[i * kPanel + j], sum)) return false;
    }
  }
  return true;
}

bool MeasuresAndWeighs(const Kernels& kernels, Problem& p) {
  double norms[kRows] = {};
  float weights[kRows];
  kernels.add_squared_norms(p.a.At(0, 0), p.a.stride(), kInputs, kRows, norms);
  for (std::size_t i = 0; i < kRows; ++i) weights[i] = 0.25F * static_cast<float>(i);
  const float before = p.a.Value(kRows - 1, kInputs - 1);
  for (std::size_t i = 0; i < kRows; ++i) {
    double sum = 0;
    for (std::size_t j = 0; j < kInputs; ++j) sum += std::pow(static_cast<double>(p.a.Value(i, j)), 2);
    if (!Near(norms[i], sum)) return false;
  }
  kernels.scale_rows(p.a.At(0, 0), p.a.stride(), kInputs, kRows, weights);
  return p.a.Value(0, 0) == 0 && Near(p.a.Value(kRows - 1, kInputs - 1), before * weights[kRows - 1]);
}

bool FindsProbabilities(const Kernels& kernels, const Problem& p) {
  Panels soft(kRows, kOutputs), sigmoid(kRows, kOutputs);
  kernels.softmax(p.g.At(0, 0), p.g.stride(), kOutputs, kRows, soft.At(0, 0));
  kernels.sigmoid(p.g.At(0, 0), p.g.stride(), kOutputs, kRows, sigmoid.At(0, 0));
  for (std::size_t i = 0; i < kRows; ++i) {
    double total = 0;
    for (std::size_t j = 0; j < kOutputs; ++j) total += std::exp(static_cast<double>(p.g.Value(i, j)));
    for (std::size_t j = 0; j < kOutputs; ++j) {
      const double logit = p.g.Value(i, j);
      if (!Near(soft.Value(i, j), std::exp(logit) / total) || !Near(sigmoid.Value(i, j), 1 / (1 + std::exp(-logit)))) return false;
    }
  }
  return true;
}

bool ScalesAndUpdates(const Kernels& kernels) {
  const float raw[] = {-9, NAN, 0.5F, 9, 1}, low[5] = {}, high[] = {1, 1, 1, 2, 4}, inverse[] = {1, 1, 1, 0.5F, 0.25F};
  const float centre[] = {0.25F, 0.25F, 0.25F, 0.25F, 0.25F};
  float scaled[5];
  kernels.scale_input(raw, low, high, inverse, centre, 5, scaled);
  const float expected[] = {-0.25F, 0, 0.25F, 0.75F, 0};
  const double sum[] = {1, 2, 3};
  float velocity[] = {4, 5, 6}, parameters[] = {7, 8, 9};
  kernels.update(sum, 3, 0.5F, 0.25F, 2, velocity, parameters);
  for (std::size_t i = 0; i < 3; ++i) {
    const float moved = 0.25F * static_cast<float>(4 + i) + 0.5F * static_cast<float>(sum[i]);
    if (velocity[i] != moved || parameters[i] != static_cast<float>(7 + i) - 2 * moved) return false;
  }
  return std::equal(scaled, scaled + 5, expected);
}

}  // namespace

Result<void> CheckKernels(const Kernels& kernels) {
  const auto wrong = [&](std::string_view what) {
    return Error(ErrorCode::kInternal, "training self-check: on the " + std::string(Name(kernels.path)) + " path, expected " +
                                           std::string(what) + " as plain arithmetic gives; this machine must not train");
  };
  Problem problem(kernels);
  if (!MultipliesForwards(kernels, problem)) return wrong("products of rows and weights");
  if (!MultipliesBackwards(kernels, problem)) return wrong("products of gradients and weights");
  if (!SumsProducts(kernels, problem)) return wrong("sums over rows");
  if (!FindsProbabilities(kernels, problem)) return wrong("probabilities");
  if (!ScalesAndUpdates(kernels)) return wrong("scaled inputs and updates");
  if (!MeasuresAndWeighs(kernels, problem)) return wrong("norms and weights of rows");
  return {};
}

}  // namespace cloister::training::internal

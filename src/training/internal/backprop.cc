#include "training/internal/backprop.h"

#include <algorithm>
#include <cmath>

#include "base/secret_bytes.h"
#include "training/internal/gemm.h"

namespace cloister::training::internal {
namespace {

// Running sums in single precision over short stretches, which the compiler vectorises, and double between them.
inline __attribute__((always_inline)) double SquaredNormLoop(const float* values, std::size_t count) {
  constexpr std::size_t kWidth = 32, kStretch = 256;
  double total = 0;
  std::size_t i = 0;
  while (i + kWidth <= count) {
    float sums[kWidth] = {};
    const std::size_t end = std::min(count, i + kStretch);
    for (; i + kWidth <= end; i += kWidth) {
      for (std::size_t j = 0; j < kWidth; ++j) sums[j] += values[i + j] * values[i + j];
    }
    for (std::size_t j = 0; j < kWidth / 2; ++j) sums[j] += sums[j + kWidth / 2];
    for (std::size_t j = 0; j < kWidth / 2; ++j) total += sums[j];
  }
  for (; i < count; ++i) total += static_cast<double>(values[i]) * values[i];
  return total;
}

#if defined(__x86_64__)
__attribute__((target("avx2,fma"))) double SquaredNormAvx2(const float* values, std::size_t count) {
  return SquaredNormLoop(values, count);
}
#endif

double SquaredNorm(const float* values, std::size_t count) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return SquaredNormAvx2(values, count);
#endif
  return SquaredNormLoop(values, count);
}

// log(1 + e^x) without overflow.
float Softplus(float x) { return std::fmax(x, 0.0F) + std::log1p(std::exp(-std::fabs(x))); }

float Sigmoid(float x) { return 1 / (1 + std::exp(-x)); }

void Softmax(const float* logits, std::size_t count, float* out) {
  const float largest = *std::max_element(logits, logits + count);
  float sum = 0;
  for (std::size_t i = 0; i < count; ++i) sum += out[i] = std::exp(logits[i] - largest);
  for (std::size_t i = 0; i < count; ++i) out[i] /= sum;
}

// A label that the model lacks counts as its last class: no row may stop a run.
std::size_t ClassOf(std::uint32_t label, std::size_t classes) { return std::min<std::size_t>(label, classes - 1); }

}  // namespace

PrivateFloats::~PrivateFloats() {
  Wipe({reinterpret_cast<std::uint8_t*>(values_.data()), values_.size() * sizeof(float)});
}

Backprop::Backprop(const Model& model)
    : layers_(model.layers().begin(), model.layers().end()), loss_(model.shape().loss) {
  std::size_t largest = 0;
  activations_.emplace_back(kMaximumRows * layers_[0].inputs);
  for (const Layer& layer : layers_) {
    activations_.emplace_back(kMaximumRows * layer.outputs);
    gradients_.emplace_back(kMaximumRows * layer.outputs);
    largest = std::max(largest, layer.outputs * layer.inputs);
  }
  product_ = PrivateFloats(largest);
}

std::span<float> Backprop::InputRow(std::size_t row) {
  CHECK(row < kMaximumRows);
  const std::size_t inputs = layers_[0].inputs;
  return {activations_[0].data() + row * inputs, inputs};
}

void Backprop::Forward(std::span<const float> parameters, std::size_t rows) {
  CHECK(rows <= kMaximumRows);
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    const Layer& layer = layers_[l];
    float* const out = activations_[l + 1].data();
    const float* const bias = parameters.data() + layer.bias;
    for (std::size_t i = 0; i < rows; ++i) std::copy(bias, bias + layer.outputs, out + i * layer.outputs);
    Multiply(Turn::kNo, Turn::kYes, rows, layer.outputs, layer.inputs, activations_[l].data(),
             parameters.data() + layer.weight, true, out);
    if (l + 1 == layers_.size()) break;
    for (std::size_t i = 0; i < rows * layer.outputs; ++i) out[i] = out[i] > 0 ? out[i] : 0;
  }
}

void Backprop::Probabilities(std::size_t rows, std::span<float> out) const {
  const std::size_t outputs = layers_.back().outputs;
  const float* const logits = activations_.back().data();
  CHECK(out.size() == rows * outputs);
  if (loss_ == Loss::kSigmoid) {
    for (std::size_t i = 0; i < rows; ++i) out[i] = Sigmoid(logits[i]);
  } else {
    for (std::size_t i = 0; i < rows; ++i) Softmax(logits + i * outputs, outputs, out.data() + i * outputs);
  }
}

void Backprop::Losses(std::span<const std::uint32_t> labels, std::span<float> out) const {
  const std::size_t outputs = layers_.back().outputs;
  const float* const logits = activations_.back().data();
  CHECK(labels.size() == out.size());
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const float* const row = logits + i * outputs;
    if (loss_ == Loss::kSigmoid) {
      out[i] = Softplus(labels[i] == 0 ? row[0] : -row[0]);
    } else {
      const float largest = *std::max_element(row, row + outputs);
      float sum = 0;
      for (std::size_t j = 0; j < outputs; ++j) sum += std::exp(row[j] - largest);
      out[i] = std::log(sum) + largest - row[ClassOf(labels[i], outputs)];
    }
  }
}

void Backprop::Backward(std::span<const float> parameters, std::span<const std::uint32_t> labels) {
  const std::size_t rows = labels.size();
  const std::size_t outputs = layers_.back().outputs;
  float* const last = gradients_.back().data();
  Probabilities(rows, {last, rows * outputs});
  for (std::size_t i = 0; i < rows; ++i) {
    if (loss_ == Loss::kSigmoid) {
      last[i] -= labels[i] == 0 ? 0.0F : 1.0F;
    } else {
      last[i * outputs + ClassOf(labels[i], outputs)] -= 1;
    }
  }
  for (std::size_t l = layers_.size() - 1; l > 0; --l) {
    const Layer& layer = layers_[l];
    float* const into = gradients_[l - 1].data();
    Multiply(Turn::kNo, Turn::kNo, rows, layer.inputs, layer.outputs, gradients_[l].data(), parameters.data() + layer.weight,
             false, into);
    const float* const activation = activations_[l].data();
    for (std::size_t i = 0; i < rows * layer.inputs; ++i) into[i] = activation[i] > 0 ? into[i] : 0;
  }
}

void Backprop::SquaredNorms(double bias_input, std::span<double> out) const {
  std::fill(out.begin(), out.end(), 0.0);
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    const Layer& layer = layers_[l];
    for (std::size_t i = 0; i < out.size(); ++i) {
      const double input = SquaredNorm(activations_[l].data() + i * layer.inputs, layer.inputs) + bias_input * bias_input;
      out[i] += input * SquaredNorm(gradients_[l].data() + i * layer.outputs, layer.outputs);
    }
  }
}

void Backprop::AddWeightedSum(std::span<const float> weights, double bias_input, std::span<double> sum) {
  const std::size_t rows = weights.size();
  std::vector<double> bias_sum;
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    const Layer& layer = layers_[l];
    float* const gradient = gradients_[l].data();
    bias_sum.assign(layer.outputs, 0.0);
    for (std::size_t i = 0; i < rows; ++i) {
      float* const row = gradient + i * layer.outputs;
      if (weights[i] == 0) {  // 0 * infinity would be NaN
        std::fill(row, row + layer.outputs, 0.0F);
        std::fill_n(activations_[l].data() + i * layer.inputs, layer.inputs, 0.0F);
        continue;
      }
      for (std::size_t j = 0; j < layer.outputs; ++j) {
        row[j] *= weights[i];
        bias_sum[j] += row[j];
      }
    }
    Multiply(Turn::kYes, Turn::kNo, layer.outputs, layer.inputs, rows, gradient, activations_[l].data(), false,
             product_.data());
    double* const into = sum.data() + layer.weight;
    const float* const product = product_.data();
    for (std::size_t i = 0; i < layer.outputs * layer.inputs; ++i) into[i] += product[i];
    for (std::size_t j = 0; j < layer.outputs; ++j) sum[layer.bias + j] += bias_input * bias_sum[j];
  }
}

}  // namespace cloister::training::internal

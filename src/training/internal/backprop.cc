#include "training/internal/backprop.h"

#include <algorithm>
#include <cmath>

namespace cloister::training::internal {
namespace {

// Rows whose products are summed in single precision; between them in double. Two panels of as many fit the nearest cache.
constexpr std::size_t kStretch = 320;

// log(1 + e^x) without overflow.
float Softplus(float x) { return std::fmax(x, 0.0F) + std::log1p(std::exp(-std::fabs(x))); }

// A label that the model lacks counts as its last class: no row may stop a run.
std::size_t ClassOf(std::uint32_t label, std::size_t classes) { return std::min<std::size_t>(label, classes - 1); }

std::size_t WholeTiles(std::size_t rows) { return (rows + kTile - 1) / kTile * kTile; }

}  // namespace

Backprop::Backprop(const Model& model, const Kernels& kernels)
    : kernels_(kernels), layers_(model.layers().begin(), model.layers().end()), loss_(model.shape().loss),
      scaling_(model.scaling()), weights_(model, kernels), probabilities_(kMaximumRows, model.shape().outputs) {
  activations_.emplace_back(kMaximumRows, layers_[0].inputs);
  for (const Layer& layer : layers_) {
    activations_.emplace_back(kMaximumRows, layer.outputs);
    gradients_.emplace_back(kMaximumRows, layer.outputs);
  }
}

void Backprop::SetInput(std::size_t row, std::span<const float> raw) {
  CHECK(row < kMaximumRows && raw.size() == scaling_.columns());
  for (std::size_t column = 0; column < raw.size(); column += kPanel) {
    kernels_.scale_input(raw.data() + column, scaling_.low().data() + column, scaling_.high().data() + column,
                         scaling_.inverse().data() + column, scaling_.centre().data() + column,
                         std::min(kPanel, raw.size() - column), activations_[0].At(row, column / kPanel));
  }
}

void Backprop::Forward(std::size_t begin, std::size_t end) {
  CHECK(begin % kTile == 0 && begin <= end && end <= kMaximumRows);
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    const Layer& layer = layers_[l];
    for (std::size_t panel = 0; panel < PanelsFor(layer.outputs); ++panel) {
      kernels_.multiply({.a = activations_[l].At(begin, 0),
                         .a_stride = activations_[l].stride(),
                         .depth = layer.inputs,
                         .b = weights_.Turned(l, panel),
                         .rows = WholeTiles(end - begin),
                         .columns = std::min(kPanel, layer.outputs - panel * kPanel),
                         .bias = weights_.Biases(l, panel),
                         .mask = nullptr,
                         .relu = l + 1 < layers_.size(),
                         .out = activations_[l + 1].At(begin, panel)});
    }
  }
}

void Backprop::Probabilities(std::size_t begin, std::size_t end, std::span<float> out) const {
  const Panels& logits = activations_.back();
  const std::size_t outputs = logits.columns();
  CHECK(out.size() == (end - begin) * outputs);
  const auto kernel = loss_ == Loss::kSigmoid ? kernels_.sigmoid : kernels_.softmax;
  kernel(logits.At(begin, 0), logits.stride(), outputs, end - begin, probabilities_.At(begin, 0));
  for (std::size_t row = begin; row < end; ++row) {
    for (std::size_t j = 0; j < outputs; ++j) out[(row - begin) * outputs + j] = probabilities_.Value(row, j);
  }
}

void Backprop::Losses(std::size_t begin, std::span<const std::uint32_t> labels, std::span<float> out) const {
  const Panels& logits = activations_.back();
  const std::size_t outputs = logits.columns();
  CHECK(labels.size() == out.size());
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const auto logit = [&](std::size_t j) { return logits.Value(begin + i, j); };
    if (loss_ == Loss::kSigmoid) {
      out[i] = Softplus(labels[i] == 0 ? logit(0) : -logit(0));
      continue;
    }
    float largest = logit(0), sum = 0;
    for (std::size_t j = 1; j < outputs; ++j) largest = std::max(largest, logit(j));
    for (std::size_t j = 0; j < outputs; ++j) sum += std::exp(logit(j) - largest);
    out[i] = std::log(sum) + largest - logit(ClassOf(labels[i], outputs));
  }
}

void Backprop::Backward(std::size_t begin, std::span<const std::uint32_t> labels) {
  const std::size_t rows = labels.size();
  const Panels& logits = activations_.back();
  Panels& last = gradients_.back();
  const auto kernel = loss_ == Loss::kSigmoid ? kernels_.sigmoid : kernels_.softmax;
  kernel(logits.At(begin, 0), logits.stride(), logits.columns(), rows, last.At(begin, 0));
  for (std::size_t i = 0; i < rows; ++i) {
    if (loss_ == Loss::kSigmoid) {
      last.Add(begin + i, 0, labels[i] == 0 ? 0.0F : -1.0F);
    } else {
      last.Add(begin + i, ClassOf(labels[i], logits.columns()), -1);
    }
  }
  for (std::size_t l = layers_.size() - 1; l > 0; --l) {
    const Layer& layer = layers_[l];
    for (std::size_t panel = 0; panel < PanelsFor(layer.inputs); ++panel) {
      kernels_.multiply({.a = gradients_[l].At(begin, 0),
                         .a_stride = gradients_[l].stride(),
                         .depth = layer.outputs,
                         .b = weights_.Straight(l, panel),
                         .rows = WholeTiles(rows),
                         .columns = std::min(kPanel, layer.inputs - panel * kPanel),
                         .bias = nullptr,
                         .mask = activations_[l].At(begin, panel),
                         .relu = false,
                         .out = gradients_[l - 1].At(begin, panel)});
    }
  }
}

void Backprop::SquaredNorms(std::size_t begin, double bias_input, std::span<double> out) const {
  CHECK(out.size() <= kBlock);
  std::fill(out.begin(), out.end(), 0.0);
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    double inputs[kBlock] = {}, gradients[kBlock] = {};
    const Panels& a = activations_[l];
    const Panels& g = gradients_[l];
    kernels_.add_squared_norms(a.At(begin, 0), a.stride(), a.columns(), out.size(), inputs);
    kernels_.add_squared_norms(g.At(begin, 0), g.stride(), g.columns(), out.size(), gradients);
    for (std::size_t i = 0; i < out.size(); ++i) out[i] += (inputs[i] + bias_input * bias_input) * gradients[i];
  }
}

void Backprop::Weigh(std::size_t begin, std::span<const float> weights) {
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    for (std::size_t i = 0; i < weights.size(); ++i) {
      if (weights[i] != 0) continue;  // 0 * infinity would be NaN, here and in AddPart
      gradients_[l].ZeroRow(begin + i);
      activations_[l].ZeroRow(begin + i);
    }
    Panels& g = gradients_[l];
    kernels_.scale_rows(g.At(begin, 0), g.stride(), g.columns(), weights.size(), weights.data());
  }
}

void Backprop::AddPart(const Part& part, std::size_t rows, double bias_input, bool first, std::span<double> sums) const {
  CHECK(sums.size() == part.size);
  const Panels& a = activations_[part.layer];
  const Panels& g = gradients_[part.layer];
  const std::size_t g_panel = part.first_output / kPanel;
  const std::size_t stretches = std::max<std::size_t>(1, (rows + kStretch - 1) / kStretch);
  alignas(64) float tile[kTile * kPanel];
  for (std::size_t s = 0; s < stretches; ++s) {
    const std::size_t begin = rows * s / stretches, count = rows * (s + 1) / stretches - begin;
    const bool store = first && s == 0;
    for (std::size_t input = 0; input < part.inputs; input += kPanel) {
      const std::size_t columns = std::min(kPanel, part.inputs - input);
      const float* const right = a.At(begin, (part.first_input + input) / kPanel);
      for (std::size_t output = 0; output < part.outputs; output += kTile) {
        kernels_.multiply_turned(g.At(begin, g_panel) + output, right, count, columns, tile);
        kernels_.add_tile(tile, std::min(kTile, part.outputs - output), columns, store,
                          sums.data() + output * part.inputs + input, part.inputs);
      }
    }
    if (!part.bias) continue;
    kernels_.add_columns(g.At(begin, g_panel), count, part.outputs, bias_input, store,
                         sums.data() + part.outputs * part.inputs);
  }
}

std::uint32_t LikeliestClass(std::span<const float> probabilities) {
  if (probabilities.size() == 1) return probabilities[0] > 0.5F ? 1 : 0;
  return static_cast<std::uint32_t>(std::max_element(probabilities.begin(), probabilities.end()) - probabilities.begin());
}

}  // namespace cloister::training::internal

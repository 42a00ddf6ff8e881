// One batch through a model, forwards and backwards, with the norm of each row's gradient but no row's gradient.
#pragma once

#include "training/model.h"

namespace cloister::training::internal {

// Numbers about private rows: wiped when they go.
class PrivateFloats {
 public:
  PrivateFloats() = default;
  explicit PrivateFloats(std::size_t size) : values_(size) {}
  ~PrivateFloats();
  PrivateFloats(PrivateFloats&&) noexcept = default;
  PrivateFloats& operator=(PrivateFloats&&) noexcept = default;
  float* data() { return values_.data(); }
  const float* data() const { return values_.data(); }

 private:
  std::vector<float> values_;
};

// Use: fill InputRow(0 … rows-1), Forward, SetLabels, Backward, then Norms and AddWeightedSum ("book-keeping": the gradients of
// the outputs of each layer are kept, and the weighted sum over rows is one product per layer). Borrows nothing from the model;
// one thread at a time.
class Backprop {
 public:
  static constexpr std::size_t kMaximumRows = 1024;

  explicit Backprop(const Model& model);

  std::span<float> InputRow(std::size_t row);
  void Forward(std::span<const float> parameters, std::size_t rows);
  // After Forward: rows × outputs.
  void Probabilities(std::size_t rows, std::span<float> out) const;
  // After Forward: cross-entropy of each row against its label.
  void Losses(std::span<const std::uint32_t> labels, std::span<float> out) const;
  // After Forward: gradients of each row's own loss with respect to each layer's outputs.
  void Backward(std::span<const float> parameters, std::span<const std::uint32_t> labels);

  // After Backward: the squared norm of each row's gradient over all parameters, where biases see the constant input
  // `bias_input`: sum over layers of |g|^2 (|a|^2 + bias_input^2). `out` has one element for each row.
  void SquaredNorms(double bias_input, std::span<double> out) const;
  // After Backward: sum[j] += sum over rows of weight[row] * (row's gradient)[j]; gradients of biases times `bias_input`.
  // A row of weight 0 adds nothing, even where it is not finite. Changes what Forward and Backward left.
  void AddWeightedSum(std::span<const float> weights, double bias_input, std::span<double> sum);

 private:
  std::vector<Layer> layers_;
  Loss loss_;
  std::vector<PrivateFloats> activations_;  // [l]: input of layer l; the last: outputs of the model
  std::vector<PrivateFloats> gradients_;    // [l]: gradient of the outputs of layer l
  PrivateFloats product_;                   // one layer's weighted sum
};

}  // namespace cloister::training::internal

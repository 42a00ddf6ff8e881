// A batch through a model, forwards and backwards, with the norm of each row's gradient but no row's gradient.
#pragma once

#include "training/internal/weights.h"

namespace cloister::training::internal {

// Use: SetParameters; SetInput(0 … rows-1), Forward, Backward, then SquaredNorms and Weigh ("book-keeping": the gradients of the
// outputs of each layer are kept, and the weighted sum over rows is one product per layer), then AddPart for each part.
// What takes rows works on [begin, end) alone, begin a multiple of kTile: different threads may do different blocks of rows, and
// then different parts. Each number comes from the same operations in the same order, whoever computes it.
class Backprop {
 public:
  static constexpr std::size_t kMaximumRows = 1024;
  static constexpr std::size_t kBlock = 32;  // rows that one thread does at a time

  Backprop(const Model& model, const Kernels& kernels);

  Weights& weights() { return weights_; }
  void SetParameters(std::span<const float> parameters) { weights_.PackAll(parameters); }

  // `raw` features, which are scaled by the model's public bounds.
  void SetInput(std::size_t row, std::span<const float> raw);
  void Forward(std::size_t begin, std::size_t end);
  // After Forward: rows × outputs.
  void Probabilities(std::size_t begin, std::size_t end, std::span<float> out) const;
  // After Forward: cross-entropy of each row, from `begin` on, against its label.
  void Losses(std::size_t begin, std::span<const std::uint32_t> labels, std::span<float> out) const;
  // After Forward: gradients of each row's own loss with respect to each layer's outputs.
  void Backward(std::size_t begin, std::span<const std::uint32_t> labels);

  // After Backward: the squared norm of each row's gradient over all parameters, where biases see the constant input
  // `bias_input`: sum over layers of |g|^2 (|a|^2 + bias_input^2). `out` has one element for each row from `begin` on.
  void SquaredNorms(std::size_t begin, double bias_input, std::span<double> out) const;
  // After that: multiplies each row's gradients by its weight. A row of weight 0 adds nothing, even where it is not finite.
  void Weigh(std::size_t begin, std::span<const float> weights);

  // After all rows: sums[j] := (where `first`) or += sum over rows [0, rows) of the gradient with respect to place j of `part`;
  // gradients of biases times `bias_input`. `sums` has part.size elements.
  void AddPart(const Part& part, std::size_t rows, double bias_input, bool first, std::span<double> sums) const;

 private:
  const Kernels& kernels_;
  std::vector<Layer> layers_;
  Loss loss_;
  InputScaling scaling_;
  Weights weights_;
  std::vector<Panels> activations_;  // [l]: input of layer l; the last: outputs of the model
  std::vector<Panels> gradients_;    // [l]: gradient of the outputs of layer l
  mutable Panels probabilities_;     // of rows that Probabilities was asked for
};

// The class that a row's probabilities choose: the likeliest, the first of equals; of a single output, 1 above one half.
std::uint32_t LikeliestClass(std::span<const float> probabilities);

}  // namespace cloister::training::internal

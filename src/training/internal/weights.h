// A model's parameters as the kernels read them, and the parts in which they are summed, made noisy and updated.
#pragma once

#include <span>

#include "training/internal/kernels.h"
#include "training/internal/panels.h"
#include "training/model.h"

namespace cloister::training::internal {

// A block of one layer's parameters: `outputs` rows of `inputs` weights, and the outputs' biases with the block that begins the
// rows. In vectors over all parts ("part order") it has `size` places from `offset` on, weights row by row, then biases.
struct Part {
  std::size_t layer = 0;
  std::size_t first_output = 0, outputs = 0;
  std::size_t first_input = 0, inputs = 0;
  bool bias = false;
  std::size_t offset = 0, size = 0;
};

constexpr std::size_t kPartOutputs = kPanel, kPartInputs = 8 * kPanel;
constexpr std::size_t kLargestPart = kPartOutputs * (kPartInputs + 1);

// All parameters of a model, each once. Offsets are multiples of `alignment`.
std::vector<Part> PartsOf(const Model& model, std::size_t alignment);

// A copy of weights and biases in panels. Different threads may read it, and Pack different parts.
class Weights {
 public:
  // Zeros.
  Weights(const Model& model, const Kernels& kernels);

  void PackAll(std::span<const float> parameters);
  // What `part` covers, again. `parameters` are the model's, all of them.
  void Pack(const Part& part, std::span<const float> parameters);

  // Of layer l: outputs × kPanel inputs; inputs × kPanel outputs; the biases of kPanel outputs.
  const float* Straight(std::size_t l, std::size_t panel) const;
  const float* Turned(std::size_t l, std::size_t panel) const;
  const float* Biases(std::size_t l, std::size_t panel) const;

 private:
  const Kernels& kernels_;
  std::vector<Layer> layers_;
  std::vector<Part> parts_;
  std::vector<PrivateFloats> straight_, turned_, biases_;
};

}  // namespace cloister::training::internal

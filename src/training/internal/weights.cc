#include "training/internal/weights.h"

#include <algorithm>

namespace cloister::training::internal {

std::vector<Part> PartsOf(const Model& model, std::size_t alignment) {
  std::vector<Part> parts;
  std::size_t offset = 0;
  for (std::size_t l = 0; l < model.layers().size(); ++l) {
    const Layer& layer = model.layers()[l];
    for (std::size_t output = 0; output < layer.outputs; output += kPartOutputs) {
      for (std::size_t input = 0; input < layer.inputs; input += kPartInputs) {
        Part part{l, output, std::min(kPartOutputs, layer.outputs - output), input,
                  std::min(kPartInputs, layer.inputs - input), input == 0, offset, 0};
        part.size = part.outputs * (part.inputs + (part.bias ? 1 : 0));
        offset += (part.size + alignment - 1) / alignment * alignment;
        parts.push_back(part);
      }
    }
  }
  return parts;
}

Weights::Weights(const Model& model, const Kernels& kernels)
    : kernels_(kernels), layers_(model.layers().begin(), model.layers().end()), parts_(PartsOf(model, 1)) {
  for (const Layer& layer : layers_) {
    straight_.emplace_back(PanelsFor(layer.inputs) * layer.outputs * kPanel);
    turned_.emplace_back(PanelsFor(layer.outputs) * layer.inputs * kPanel);
    biases_.emplace_back(PanelsFor(layer.outputs) * kPanel);
  }
}

void Weights::PackAll(std::span<const float> parameters) {
  for (const Part& part : parts_) Pack(part, parameters);
}

void Weights::Pack(const Part& part, std::span<const float> parameters) {
  const Layer& layer = layers_[part.layer];
  const std::size_t end = part.first_input + part.inputs;
  for (std::size_t input = part.first_input; input < end; input += kPanel) {
    const float* const block = parameters.data() + layer.weight + part.first_output * layer.inputs + input;
    float* const straight =
        straight_[part.layer].data() + (input / kPanel * layer.outputs + part.first_output) * kPanel;
    float* const turned = turned_[part.layer].data() + (part.first_output / kPanel * layer.inputs + input) * kPanel;
    kernels_.pack(block, layer.inputs, part.outputs, std::min(kPanel, end - input), straight, turned);
  }
  if (!part.bias) return;
  std::copy_n(parameters.data() + layer.bias + part.first_output, part.outputs,
              biases_[part.layer].data() + part.first_output);
}

const float* Weights::Straight(std::size_t l, std::size_t panel) const {
  return straight_[l].data() + panel * layers_[l].outputs * kPanel;
}
const float* Weights::Turned(std::size_t l, std::size_t panel) const {
  return turned_[l].data() + panel * layers_[l].inputs * kPanel;
}
const float* Weights::Biases(std::size_t l, std::size_t panel) const { return biases_[l].data() + panel * kPanel; }

}  // namespace cloister::training::internal

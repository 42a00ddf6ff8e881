// Logistic regression and multi-layer perceptrons: Linear layers with ReLU between them.
#pragma once

#include "crypto/random.h"
#include "training/dataset.h"

namespace cloister::training {

enum class Loss : std::uint8_t {
  kSigmoid = 1,  // one output, binary cross-entropy; classes 0 and 1
  kSoftmax = 2,  // one output for each class, cross-entropy
};

struct ModelShape {
  std::size_t inputs = 0;
  std::vector<std::uint32_t> hidden;  // widths of hidden layers; none: (multinomial) logistic regression
  std::uint32_t outputs = 1;
  Loss loss = Loss::kSigmoid;

  bool operator==(const ModelShape&) const = default;
};

// Where a layer's numbers are among the parameters: weight is outputs × inputs, row-major, then bias of outputs.
struct Layer {
  std::size_t inputs = 0;
  std::size_t outputs = 0;
  std::size_t weight = 0;
  std::size_t bias = 0;
};

// How the numbers of a model of that shape lie. kUsage, kLimit: a shape without sense, with more than 2^27 parameters, 64
// layers, or 2^16 units in all (a pass keeps 1,024 rows of each unit twice, 512 MiB at most).
Result<std::vector<Layer>> LayersOf(const ModelShape& shape);

// A model with the scaling of its inputs, so that it takes raw features. File form: safetensors, F32, with the tensors
// input.low, input.high, input.centre [inputs], layers.N.weight [outputs, inputs], layers.N.bias [outputs], and the metadata
// {format: "cloister-model/v1", loss: "sigmoid" | "softmax"}; nothing else.
class Model {
 public:
  // Weights: zero for logistic regression, else drawn from `random` (normal, variance 2 / inputs); biases zero.
  // kUsage, kLimit: as LayersOf; inputs and scaled columns differ.
  static Result<Model> Create(const ModelShape& shape, InputScaling scaling, crypto::RandomSource& random);
  // kMalformed: a tensor is missing, superfluous, of another shape, or not finite. kUnsupported: another format.
  static Result<Model> FromSafetensors(ByteSpan file);

  Result<Bytes> ToSafetensors() const;

  const ModelShape& shape() const { return shape_; }
  const InputScaling& scaling() const { return scaling_; }
  std::span<const Layer> layers() const { return layers_; }
  std::span<const float> parameters() const { return parameters_; }
  std::span<float> mutable_parameters() { return parameters_; }

  // Probabilities from raw features: rows × outputs, row-major. kUsage: another number of columns.
  Result<std::vector<float>> Predict(const MatrixView& features) const;
  // The likelier class of each row.
  Result<std::vector<std::uint32_t>> Classify(const MatrixView& features) const;

 private:
  Model(ModelShape shape, InputScaling scaling) : shape_(std::move(shape)), scaling_(std::move(scaling)) {}
  Result<void> LayOut();

  ModelShape shape_;
  InputScaling scaling_;
  std::vector<Layer> layers_;
  std::vector<float> parameters_;
};

}  // namespace cloister::training

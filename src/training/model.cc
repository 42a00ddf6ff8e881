#include "training/model.h"

#include <algorithm>
#include <cmath>

#include "formats/safetensors.h"
#include "privacy/noise.h"
#include "training/internal/backprop.h"

namespace cloister::training {
namespace {

constexpr std::size_t kMaximumParameters = std::size_t{1} << 27;
constexpr std::size_t kMaximumUnits = std::size_t{1} << 16;
constexpr std::size_t kMaximumLayers = 64;
constexpr std::string_view kFormat = "cloister-model/v1";

// The elements of tensor `name`; kMalformed: missing, another shape, not finite.
Result<std::vector<float>> Elements(const formats::Safetensors& file, const std::string& name,
                                    const std::vector<std::uint64_t>& shape) {
  const formats::Tensor* const tensor = file.Find(name);
  if (tensor == nullptr || tensor->type != formats::TensorType::kF32 || tensor->shape != shape) {
    return Error(ErrorCode::kMalformed, "model: expected the F32 tensor " + name + " of the fitting shape");
  }
  std::vector<float> values = TRY(formats::TensorF32(*tensor));
  if (!std::all_of(values.begin(), values.end(), [](float v) { return std::isfinite(v); })) {
    return Error(ErrorCode::kMalformed, "model: tensor " + name + " is not finite");
  }
  return values;
}

// The widths that the file's weights state, checked to follow each other.
Result<ModelShape> ShapeOf(const formats::Safetensors& file, Loss loss) {
  ModelShape shape{0, {}, 0, loss};
  for (std::size_t i = 0; i < kMaximumLayers; ++i) {
    const formats::Tensor* const weight = file.Find("layers." + std::to_string(i) + ".weight");
    if (weight == nullptr) break;
    if (weight->shape.size() != 2) return Error(ErrorCode::kMalformed, "model: expected weights of two dimensions");
    if (weight->shape[0] > kMaximumParameters) return Error(ErrorCode::kLimit, "model: a layer is too wide");
    if (i == 0) shape.inputs = weight->shape[1];
    if (i > 0) shape.hidden.push_back(shape.outputs);
    shape.outputs = static_cast<std::uint32_t>(weight->shape[0]);
  }
  return shape;
}

}  // namespace

Result<std::vector<Layer>> LayersOf(const ModelShape& shape) {
  const bool fits = shape.loss == Loss::kSigmoid ? shape.outputs == 1 : shape.outputs >= 2;
  if (!fits) return Error(ErrorCode::kUsage, "model: expected one output for sigmoid, at least two for softmax");
  std::vector<std::uint32_t> widths = shape.hidden;
  widths.push_back(shape.outputs);
  if (widths.size() > kMaximumLayers) return Error(ErrorCode::kLimit, "model: expected at most 64 layers");
  std::vector<Layer> layers;
  std::size_t inputs = shape.inputs, offset = 0, units = 0;
  for (const std::uint32_t width : widths) {
    if (width == 0) return Error(ErrorCode::kUsage, "model: expected layers that are not empty");
    units += width;
    if (units > kMaximumUnits) return Error(ErrorCode::kLimit, "model: expected at most 2^16 units in all layers together");
    if (width > kMaximumParameters / (inputs + 1) || offset > kMaximumParameters - width * (inputs + 1)) {
      return Error(ErrorCode::kLimit, "model: expected at most 2^27 parameters");
    }
    layers.push_back({inputs, width, offset, offset + width * inputs});
    offset += width * (inputs + 1);
    inputs = width;
  }
  return layers;
}

Result<void> Model::LayOut() {
  if (shape_.inputs != scaling_.columns()) return Error(ErrorCode::kUsage, "model: inputs and scaled columns differ");
  layers_ = TRY(LayersOf(shape_));
  parameters_.assign(layers_.back().bias + layers_.back().outputs, 0.0F);
  return {};
}

Result<Model> Model::Create(const ModelShape& shape, InputScaling scaling, crypto::RandomSource& random) {
  Model model(shape, std::move(scaling));
  TRY(model.LayOut());
  if (shape.hidden.empty()) return model;
  privacy::GaussianNoise normal(random);
  for (const Layer& layer : model.layers_) {
    std::vector<double> draw(layer.inputs * layer.outputs);
    normal.Fill(draw);
    const double deviation = std::sqrt(2.0 / static_cast<double>(layer.inputs));
    for (std::size_t i = 0; i < draw.size(); ++i) model.parameters_[layer.weight + i] = static_cast<float>(deviation * draw[i]);
  }
  return model;
}

Result<Bytes> Model::ToSafetensors() const {
  using formats::Tensor;
  using formats::TensorType;
  std::vector<Tensor> tensors;
  const auto add = [&](std::string name, std::vector<std::uint64_t> shape, std::span<const float> data) {
    tensors.push_back({std::move(name), TensorType::kF32, std::move(shape), formats::TensorData(data)});
  };
  add("input.low", {shape_.inputs}, scaling_.low());
  add("input.high", {shape_.inputs}, scaling_.high());
  add("input.centre", {shape_.inputs}, scaling_.centre());
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    const Layer& layer = layers_[i];
    const std::string name = "layers." + std::to_string(i);
    const std::span<const float> all(parameters_);
    add(name + ".weight", {layer.outputs, layer.inputs}, all.subspan(layer.weight, layer.outputs * layer.inputs));
    add(name + ".bias", {layer.outputs}, all.subspan(layer.bias, layer.outputs));
  }
  const std::string loss = shape_.loss == Loss::kSigmoid ? "sigmoid" : "softmax";
  return formats::WriteSafetensors(tensors, {{"format", std::string(kFormat)}, {"loss", loss}});
}

Result<Model> Model::FromSafetensors(ByteSpan bytes) {
  const formats::Safetensors file = TRY(formats::ReadSafetensors(bytes));
  const auto format = file.metadata.find("format");
  const auto loss = file.metadata.find("loss");
  if (format == file.metadata.end() || format->second != kFormat || loss == file.metadata.end() ||
      file.metadata.size() != 2 || (loss->second != "sigmoid" && loss->second != "softmax")) {
    return Error(ErrorCode::kUnsupported, "model: expected format cloister-model/v1 with loss sigmoid or softmax");
  }
  const ModelShape shape = TRY(ShapeOf(file, loss->second == "sigmoid" ? Loss::kSigmoid : Loss::kSoftmax));
  auto low = TRY(Elements(file, "input.low", {shape.inputs}));
  auto high = TRY(Elements(file, "input.high", {shape.inputs}));
  auto centre = TRY(Elements(file, "input.centre", {shape.inputs}));
  auto scaling = InputScaling::FromParts(std::move(low), std::move(high), std::move(centre));
  if (!scaling) return Error(ErrorCode::kMalformed, scaling.error().message());
  Model model(shape, *std::move(scaling));
  const auto laid_out = model.LayOut();
  if (!laid_out) return Error(ErrorCode::kMalformed, laid_out.error().message());
  if (file.tensors.size() != 3 + 2 * model.layers_.size()) return Error(ErrorCode::kMalformed, "model: superfluous tensors");
  for (std::size_t i = 0; i < model.layers_.size(); ++i) {
    const Layer& layer = model.layers_[i];
    const std::string name = "layers." + std::to_string(i);
    const auto weight = TRY(Elements(file, name + ".weight", {layer.outputs, layer.inputs}));
    const auto bias = TRY(Elements(file, name + ".bias", {layer.outputs}));
    std::copy(weight.begin(), weight.end(), model.parameters_.begin() + static_cast<std::ptrdiff_t>(layer.weight));
    std::copy(bias.begin(), bias.end(), model.parameters_.begin() + static_cast<std::ptrdiff_t>(layer.bias));
  }
  return model;
}

Result<std::vector<float>> Model::Predict(const MatrixView& features) const {
  if (features.columns != shape_.inputs) {
    return Error(ErrorCode::kUsage, "features: expected " + std::to_string(shape_.inputs) + " columns, got " +
                                        std::to_string(features.columns));
  }
  std::vector<float> out(features.rows * shape_.outputs);
  internal::Backprop pass(*this, internal::KernelsFor(BestVectorPath()));
  pass.SetParameters(parameters_);
  for (std::size_t start = 0; start < features.rows; start += internal::Backprop::kMaximumRows) {
    const std::size_t rows = std::min(internal::Backprop::kMaximumRows, features.rows - start);
    for (std::size_t i = 0; i < rows; ++i) pass.SetInput(i, features.Row(start + i));
    pass.Forward(0, rows);
    pass.Probabilities(0, rows, std::span(out).subspan(start * shape_.outputs, rows * shape_.outputs));
  }
  return out;
}

Result<std::vector<std::uint32_t>> Model::Classify(const MatrixView& features) const {
  const std::vector<float> probabilities = TRY(Predict(features));
  std::vector<std::uint32_t> classes(features.rows);
  for (std::size_t i = 0; i < features.rows; ++i) {
    classes[i] = internal::LikeliestClass(std::span(probabilities).subspan(i * shape_.outputs, shape_.outputs));
  }
  return classes;
}

}  // namespace cloister::training

#include "training/dp_sgd.h"

#include <algorithm>
#include <cmath>

namespace cloister::training {
namespace {

using internal::Backprop;

// A row's norm is computed in single precision, off by parts in 10^7; this margin keeps what the row contributes below the
// clip all the same. The sums over up to 320 rows round too, which it does not cover: THREAT_MODEL.md, "Rounding".
constexpr double kClipMargin = 1 - 1e-5;

double RateAt(const TrainingPlan& plan, std::uint32_t step) {
  const double done = static_cast<double>(step) / plan.steps;
  switch (plan.schedule) {
    case Schedule::kConstant: return plan.learning_rate;
    case Schedule::kLinear: return plan.learning_rate * (1 - done);
    case Schedule::kCosine: return plan.learning_rate * 0.5 * (1 + std::cos(M_PI * done));
  }
  return 0;
}

std::vector<std::uint32_t> FirstRows(const DatasetView& data) {
  std::vector<std::uint32_t> first;
  const auto rows = static_cast<std::uint32_t>(data.features.rows);
  for (std::uint32_t i = 0; i < rows; ++i) {
    if (data.persons.empty() || i == 0 || data.persons[i] != data.persons[i - 1]) first.push_back(i);
  }
  first.push_back(rows);
  return first;
}

}  // namespace

ClippedGradients::ClippedGradients(const Model& model, const DatasetView& data, double clip, double bias_input,
                                   const Engine& engine)
    : data_(data), clip_(clip), bias_input_(bias_input), pool_(engine.threads),
      pass_(model, internal::KernelsFor(engine.path)), parts_(internal::PartsOf(model, privacy::NoiseField::kPiece)),
      first_row_(FirstRows(data)) {
  pass_.SetParameters(model.parameters());
}

void ClippedGradients::Collect(std::span<const std::uint32_t> persons) {
  rows_.clear();
  labels_.clear();
  limits_.clear();
  for (const std::uint32_t person : persons) {
    const std::uint32_t begin = first_row_[person], end = first_row_[person + 1];
    for (std::uint32_t row = begin; row < end; ++row) {
      rows_.push_back(row);
      labels_.push_back(data_.labels[row]);
      limits_.push_back(kClipMargin * clip_ / (end - begin));
    }
  }
  if (Chunks() > 1 && sums_.empty()) sums_.resize(parts_.back().offset + parts_.back().size);
}

std::size_t ClippedGradients::Chunks() const {
  return std::max<std::size_t>(1, (rows_.size() + Backprop::kMaximumRows - 1) / Backprop::kMaximumRows);
}

void ClippedGradients::PassRows(std::size_t chunk, std::size_t chunks) {
  const std::size_t first = Begin(chunk, chunks), count = Begin(chunk + 1, chunks) - first;
  pool_.Run((count + Backprop::kBlock - 1) / Backprop::kBlock, [&](std::size_t block) {
    PassBlock(first, block * Backprop::kBlock, std::min(count, (block + 1) * Backprop::kBlock));
  });
}

// Rows [begin, end) of the chunk that starts with row `first` of those collected.
void ClippedGradients::PassBlock(std::size_t first, std::size_t begin, std::size_t end) {
  const std::size_t count = end - begin;
  for (std::size_t i = begin; i < end; ++i) pass_.SetInput(i, data_.features.Row(rows_[first + i]));
  pass_.Forward(begin, end);
  pass_.Backward(begin, std::span(labels_).subspan(first + begin, count));
  if (!std::isfinite(clip_)) return;
  double norms[Backprop::kBlock];
  float weights[Backprop::kBlock];
  pass_.SquaredNorms(begin, bias_input_, {norms, count});
  for (std::size_t i = 0; i < count; ++i) {
    const double norm = std::sqrt(norms[i]), limit = limits_[first + begin + i];
    weights[i] = norm > limit ? static_cast<float>(limit / norm) : 1.0F;
    // A gradient that overflowed contributes nothing rather than everything.
    if (!std::isfinite(norm)) weights[i] = 0;
  }
  pass_.Weigh(begin, {weights, count});
}

// One chunk is summed where its thread works; more are gathered in sums_.
std::span<double> ClippedGradients::SumsOf(const Part& part, std::size_t chunks, double* here) {
  if (chunks == 1) return {here, part.size};
  return std::span(sums_).subspan(part.offset, part.size);
}

void ClippedGradients::AddPart(const Part& part, std::size_t chunk, std::size_t chunks, std::span<double> sums) {
  pass_.AddPart(part, Begin(chunk + 1, chunks) - Begin(chunk, chunks), bias_input_, chunk == 0, sums);
}

std::vector<double> ClippedGradients::Sum(const Model& model, std::span<const std::uint32_t> persons) {
  pass_.SetParameters(model.parameters());
  std::vector<double> out(model.parameters().size());
  ForEachPart(persons, [&](const Part& part, std::span<const double> sums) {
    const Layer& layer = model.layers()[part.layer];
    for (std::size_t i = 0; i < part.outputs; ++i) {
      const std::size_t at = layer.weight + (part.first_output + i) * layer.inputs + part.first_input;
      std::ranges::copy(sums.subspan(i * part.inputs, part.inputs), out.begin() + static_cast<std::ptrdiff_t>(at));
      if (part.bias) out[layer.bias + part.first_output + i] = sums[part.outputs * part.inputs + i];
    }
  });
  return out;
}

namespace internal {

Descent::Descent(Model& model, const Kernels& kernels, bool averages)
    : model_(model), kernels_(kernels), velocity_(model.parameters().size()), average_(averages ? velocity_.size() : 0) {}

void Descent::UpdateRow(std::size_t at, std::span<const double> sums, float rate, const Rates& rates) {
  float* const parameters = model_.mutable_parameters().data() + at;
  kernels_.update(sums.data(), sums.size(), rates.scale, rates.momentum, rate, velocity_.data() + at, parameters);
  if (!rates.average) return;
  for (std::size_t i = 0; i < sums.size(); ++i) average_[at + i] += static_cast<double>(parameters[i]);
}

void Descent::Update(const Part& part, std::span<const double> sums, const Rates& rates, Weights& weights) {
  const Layer& layer = model_.layers()[part.layer];
  for (std::size_t i = 0; i < part.outputs; ++i) {
    const std::size_t at = layer.weight + (part.first_output + i) * layer.inputs + part.first_input;
    UpdateRow(at, sums.subspan(i * part.inputs, part.inputs), rates.weights, rates);
  }
  if (part.bias) {
    UpdateRow(layer.bias + part.first_output, sums.subspan(part.outputs * part.inputs, part.outputs), rates.biases, rates);
  }
  weights.Pack(part, model_.parameters());
}

void Descent::TakeAverage(std::uint32_t count) {
  const std::span<float> parameters = model_.mutable_parameters();
  for (std::size_t i = 0; i < parameters.size(); ++i) parameters[i] = static_cast<float>(average_[i] / count);
}

}  // namespace internal

DpSgd::DpSgd(const TrainingPlan& plan, double q, double expected_batch, double sigma, const DatasetView& data, Model& model,
             crypto::RandomSource& random, const Engine& engine)
    : plan_(plan), q_(q), expected_batch_(expected_batch), sigma_(sigma), persons_(data.PersonCount()), random_(random),
      noise_(random, engine.path), gradients_(model, data, plan.clip, plan.bias_input, engine),
      descent_(model, internal::KernelsFor(engine.path), plan.averaging > 0) {
  CHECK(plan.Check() && q > 0 && q <= 1 && expected_batch > 0 && sigma > 0);
}

void DpSgd::Step() {
  CHECK(step_ < plan_.steps);
  const std::vector<std::uint32_t> chosen = privacy::PoissonSample(random_, q_, persons_);
  noise_.Begin(random_);
  const internal::Descent::Rates rates{
      .scale = static_cast<float>(1 / expected_batch_),
      .momentum = static_cast<float>(plan_.momentum),
      .weights = static_cast<float>(RateAt(plan_, step_)),
      .biases = static_cast<float>(RateAt(plan_, step_) * plan_.bias_input),
      .average = plan_.averaging > 0 && step_ + 1 > plan_.steps * (1 - plan_.averaging)};
  gradients_.ForEachPart(chosen, [&](const internal::Part& part, std::span<double> sums) {
    noise_.AddTo(part.offset, sums, sigma_ * plan_.clip);
    descent_.Update(part, sums, rates, gradients_.weights());
  });
  ++step_;
  if (rates.average) ++averaged_;
}

void DpSgd::Finish() {
  if (averaged_ > 0) descent_.TakeAverage(averaged_);
}

}  // namespace cloister::training

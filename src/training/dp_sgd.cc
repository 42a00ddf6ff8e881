#include "training/dp_sgd.h"

#include <algorithm>
#include <cmath>

namespace cloister::training {
namespace {

// Single-precision sums and norms are off by parts in 10^7; this margin keeps a contribution below the clip all the same.
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

ClippedGradients::ClippedGradients(const Model& model, const DatasetView& data, double clip, double bias_input)
    : data_(data), clip_(clip), bias_input_(bias_input), pass_(model), first_row_(FirstRows(data)),
      sum_(model.parameters().size()) {}

std::span<double> ClippedGradients::Sum(const Model& model, std::span<const std::uint32_t> persons) {
  std::fill(sum_.begin(), sum_.end(), 0.0);
  labels_.clear();
  limits_.clear();
  for (const std::uint32_t person : persons) {
    const std::uint32_t begin = first_row_[person], end = first_row_[person + 1];
    for (std::uint32_t row = begin; row < end; ++row) {
      model.scaling().Apply(data_.features.Row(row), pass_.InputRow(labels_.size()));
      labels_.push_back(data_.labels[row]);
      limits_.push_back(kClipMargin * clip_ / (end - begin));
      if (labels_.size() == internal::Backprop::kMaximumRows) AddChunk(model);
    }
  }
  AddChunk(model);
  return sum_;
}

void ClippedGradients::AddChunk(const Model& model) {
  const std::size_t rows = labels_.size();
  if (rows == 0) return;
  pass_.Forward(model.parameters(), rows);
  pass_.Backward(model.parameters(), labels_);
  weights_.assign(rows, 1.0F);
  if (std::isfinite(clip_)) {
    norms_.resize(rows);
    pass_.SquaredNorms(bias_input_, norms_);
    for (std::size_t i = 0; i < rows; ++i) {
      const double norm = std::sqrt(norms_[i]);
      weights_[i] = norm > limits_[i] ? static_cast<float>(limits_[i] / norm) : 1.0F;
      // A gradient that overflowed contributes nothing rather than everything.
      if (!std::isfinite(norm)) weights_[i] = 0;
    }
  }
  pass_.AddWeightedSum(weights_, bias_input_, sum_);
  labels_.clear();
  limits_.clear();
}

DpSgd::DpSgd(const TrainingPlan& plan, double q, double expected_batch, double sigma, const DatasetView& data, Model& model,
             crypto::RandomSource& random)
    : plan_(plan), q_(q), expected_batch_(expected_batch), sigma_(sigma), persons_(data.PersonCount()), model_(model),
      random_(random), noise_(random), gradients_(model, data, plan.clip, plan.bias_input),
      velocity_(model.parameters().size()), average_(plan.averaging > 0 ? velocity_.size() : 0) {
  CHECK(plan.Check() && q > 0 && q <= 1 && expected_batch > 0 && sigma > 0);
}

void DpSgd::Step() {
  CHECK(step_ < plan_.steps);
  const std::vector<std::uint32_t> chosen = privacy::PoissonSample(random_, q_, persons_);
  const std::span<double> sum = gradients_.Sum(model_, chosen);
  noise_.AddTo(sum, sigma_ * plan_.clip);

  const auto scale = static_cast<float>(1 / expected_batch_);
  const auto momentum = static_cast<float>(plan_.momentum);
  const auto rate = static_cast<float>(RateAt(plan_, step_));
  const auto bias_rate = static_cast<float>(RateAt(plan_, step_) * plan_.bias_input);
  const std::span<float> parameters = model_.mutable_parameters();
  const auto update = [&](std::size_t begin, std::size_t end, float by) {
    for (std::size_t i = begin; i < end; ++i) {
      velocity_[i] = momentum * velocity_[i] + static_cast<float>(sum[i]) * scale;
      parameters[i] -= by * velocity_[i];
    }
  };
  for (const Layer& layer : model_.layers()) {
    update(layer.weight, layer.bias, rate);
    update(layer.bias, layer.bias + layer.outputs, bias_rate);
  }
  ++step_;
  if (!average_.empty() && step_ > plan_.steps * (1 - plan_.averaging)) {
    ++averaged_;
    for (std::size_t i = 0; i < parameters.size(); ++i) average_[i] += parameters[i];
  }
}

void DpSgd::Finish() {
  if (averaged_ == 0) return;
  const std::span<float> parameters = model_.mutable_parameters();
  for (std::size_t i = 0; i < parameters.size(); ++i) parameters[i] = static_cast<float>(average_[i] / averaged_);
}

}  // namespace cloister::training

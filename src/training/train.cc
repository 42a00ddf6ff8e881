#include "training/train.h"

#include <algorithm>
#include <cmath>

#include "training/dp_sgd.h"
#include "training/internal/self_check.h"

namespace cloister::training {
namespace {

Result<void> CheckTerms(const TrainingPlan& plan, const TrainingTerms& terms) {
  if (terms.train_persons == 0 || terms.train_persons > 1'000'000'000) {
    return Error(ErrorCode::kUsage, "train_persons: expected 1 to 10^9, got " + std::to_string(terms.train_persons));
  }
  if (plan.expected_batch > terms.train_persons) {
    return Error(ErrorCode::kUsage, "expected_batch: expected at most the " + std::to_string(terms.train_persons) +
                                        " contracted persons, got " + std::to_string(plan.expected_batch));
  }
  if (!(terms.delta * static_cast<double>(terms.train_persons) < 1)) {
    return Error(ErrorCode::kUsage, "delta: expected less than 1 / persons");
  }
  if (terms.threads < 1 || terms.threads > 1024) return Error(ErrorCode::kUsage, "threads: expected 1 to 1024");
  return {};
}

double ExpectedBatch(const TrainingPlan& plan, const TrainingTerms& terms) {
  return plan.expected_batch == 0 ? static_cast<double>(terms.train_persons) : plan.expected_batch;
}

// Sums over persons of numbers in [0, 1]; a person counts as the mean of its rows.
struct ValidationSums {
  double right = 0;
  double wrong = 0;
  double loss = 0;  // in units of the plan's loss_bound
};

ValidationSums SumOver(const TrainingPlan& plan, const Model& model, const DatasetView& data, VectorPath path) {
  using internal::Backprop;
  ValidationSums sums, person;
  Backprop pass(model, internal::KernelsFor(path));
  pass.SetParameters(model.parameters());
  const std::size_t outputs = model.shape().outputs, rows = data.features.rows;
  std::vector<float> probabilities(Backprop::kMaximumRows * outputs), losses(Backprop::kMaximumRows);
  std::size_t begun = 0;  // row with which the person began
  for (std::size_t start = 0; start < rows; start += Backprop::kMaximumRows) {
    const std::size_t count = std::min(Backprop::kMaximumRows, rows - start);
    for (std::size_t i = 0; i < count; ++i) pass.SetInput(i, data.features.Row(start + i));
    pass.Forward(0, count);
    pass.Probabilities(0, count, std::span(probabilities).first(count * outputs));
    pass.Losses(0, data.labels.subspan(start, count), std::span(losses).first(count));
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t row = start + i;
      const auto chosen = internal::LikeliestClass(std::span(probabilities).subspan(i * outputs, outputs));
      person.right += chosen == std::min(data.labels[row], plan.classes - 1) ? 1 : 0;
      person.loss += std::isnan(losses[i]) ? 1 : std::clamp<double>(losses[i] / plan.loss_bound, 0, 1);
      const bool more = row + 1 < rows && !data.persons.empty() && data.persons[row + 1] == data.persons[row];
      if (more) continue;
      const double share = 1 / static_cast<double>(row + 1 - begun);
      sums.right += share * person.right;
      sums.wrong += 1 - share * person.right;
      sums.loss += share * person.loss;
      person = {};
      begun = row + 1;
    }
  }
  return sums;
}

// One Gaussian release of (right, wrong) or (right, wrong, loss). A person adds a vector of norm at most 1, or sqrt(2) with
// the loss: right and wrong add up to 1 and are not negative.
ValidationMetrics Measure(const TrainingPlan& plan, const Model& model, const DatasetView& data, double sigma,
                          VectorPath path, crypto::RandomSource& random) {
  const ValidationSums sums = SumOver(plan, model, data, path);
  privacy::GaussianNoise noise(random);
  ValidationMetrics metrics;
  metrics.sigma = sigma;
  metrics.noise = sigma * (plan.validation_loss ? M_SQRT2 : 1);
  const double right = noise.Noisy(sums.right, metrics.noise);
  const double wrong = noise.Noisy(sums.wrong, metrics.noise);
  const double persons = std::max(1.0, right + wrong);
  metrics.accuracy = std::clamp(right / persons, 0.0, 1.0);
  metrics.accuracy_deviation = metrics.noise * std::hypot(metrics.accuracy, 1 - metrics.accuracy) / persons;
  if (plan.validation_loss) {
    const double loss = noise.Noisy(sums.loss, metrics.noise);
    metrics.loss = plan.loss_bound * std::clamp(loss / persons, 0.0, 1.0);
  }
  return metrics;
}

Result<void> CheckAll(const TrainingPlan& plan, const TrainingTerms& terms, std::size_t columns, const DatasetView& train,
                      const std::optional<DatasetView>& validation) {
  TRY(plan.Check());
  TRY(CheckTerms(plan, terms));
  TRY_WITH("training", CheckDataset(train, columns, terms.max_rows_per_person));
  if (validation) TRY_WITH("validation", CheckDataset(*validation, columns, terms.max_rows_per_person));
  return {};
}

// The engine that these terms ask for, after it showed on this machine that it computes as it should.
Result<Engine> CheckedEngine(const TrainingTerms& terms) {
  const Engine engine{.path = terms.path.value_or(BestVectorPath()), .threads = terms.threads};
  TRY(privacy::CheckNoise(engine.path));
  TRY(internal::CheckKernels(internal::KernelsFor(engine.path)));
  return engine;
}

}  // namespace

Result<privacy::RunCalibration> PlanPrivacy(const TrainingPlan& plan, const TrainingTerms& terms) {
  TRY(plan.Check());
  TRY(CheckTerms(plan, terms));
  const double q = ExpectedBatch(plan, terms) / static_cast<double>(terms.train_persons);
  return privacy::CalibrateRun({terms.epsilon, terms.delta}, q, plan.steps, {});
}

Result<TrainingResult> Train(const TrainingPlan& plan, const TrainingTerms& terms, std::span<const FeatureBounds> features,
                             const DatasetView& train, const std::optional<DatasetView>& validation,
                             crypto::RandomSource& random, Progress* progress) {
  TRY(CheckAll(plan, terms, features.size(), train, validation));
  const Engine engine = TRY(CheckedEngine(terms));
  privacy::RunCalibration calibration = TRY(PlanPrivacy(plan, terms));
  InputScaling scaling = TRY(InputScaling::Create(features, plan.centre));
  TrainingCard card{.contract = terms.contract,
                    .plan = plan,
                    .features = {features.begin(), features.end()},
                    .privacy = std::move(calibration),
                    .expected_batch = ExpectedBatch(plan, terms),
                    .train_persons = terms.train_persons,
                    .max_rows_per_person = terms.max_rows_per_person,
                    .validation = {}};
  Model model = TRY(Model::Create(plan.ShapeFor(features.size()), std::move(scaling), random));
  card.parameters = model.parameters().size();
  card.path = engine.path;
  const privacy::MechanismEvent& event = card.privacy.mechanisms[0];
  {
    DpSgd descent(plan, event.q, card.expected_batch, event.sigma, train, model, random, engine);
    for (std::uint32_t step = 0; step < plan.steps; ++step) {
      descent.Step();
      if (progress != nullptr) progress->OnStep(step + 1, plan.steps);
    }
    descent.Finish();
  }
  const std::span<const float> parameters = model.parameters();
  if (!std::all_of(parameters.begin(), parameters.end(), [](float v) { return std::isfinite(v); })) {
    return Error(ErrorCode::kUsage, "training: the weights grew beyond all bounds; the learning rate is too high");
  }
  // Whether there is a measurement must not depend on whether the data left anybody to measure on.
  if (validation) {
    const double sigma = TRY(privacy::CalibrateBeside(card.privacy));
    card.validation = Measure(plan, model, *validation, sigma, engine.path, random);
  }
  return TrainingResult{std::move(model), std::move(card)};
}

}  // namespace cloister::training

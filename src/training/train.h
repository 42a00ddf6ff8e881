// One training run with differential privacy: calibrate, train, measure, and say what was done.
#pragma once

#include "privacy/calibrate.h"
#include "training/plan.h"

namespace cloister::training {

// Told how far training is; nothing that depends on data passes here.
class Progress {
 public:
  virtual ~Progress() = default;
  virtual void OnStep(std::uint32_t done, std::uint32_t of) = 0;
};

// Released measurements on persons that training never saw: noisy sums, their quotient cut to its range.
struct ValidationMetrics {
  double sigma = 0;                // noise multiplier of the one release
  double noise = 0;                // standard deviation of each sum, in persons
  double accuracy = 0;             // [0, 1]
  double accuracy_deviation = 0;   // of the noise in `accuracy`, about
  std::optional<double> loss;      // mean cross-entropy, nats, each row's cut to the plan's loss_bound
};

// What a training run says about itself. Everything is either public beforehand or was paid for.
struct TrainingCard {
  std::string contract;
  TrainingPlan plan;
  std::vector<FeatureBounds> features;
  privacy::RunCalibration privacy;  // mechanisms[0] is the training
  double expected_batch = 0;
  std::uint64_t train_persons = 0;  // contracted, not counted
  std::uint32_t max_rows_per_person = 1;
  std::size_t parameters = 0;
  VectorPath path = VectorPath::kPortable;  // that computed it, after its self-check
  std::optional<ValidationMetrics> validation;

  formats::Json ToJson() const;
};

struct TrainingResult {
  Model model;
  TrainingCard card;
};

// Trains on `train` and measures on `validation`, which must hold other persons (the room splits by a keyed hash of the person).
// Without `validation` nothing is measured; that is for the contract to say: a view without rows is measured like any other, so
// that the card never tells whether anybody was there. Whoever takes part in either pays at most (terms.epsilon, terms.delta), as the card's
// mechanisms state: the noise of the measurement is calibrated so that its persons pay no more than those trained on.
// `features` describes the columns in order; `progress` may be null.
// kUsage: a plan, terms or data that make no sense or contradict each other (refused before anything is computed, or because
// the weights are not finite: the learning rate was too high); kExhausted, kLimit: see privacy::CalibrateRun; kUnsupported: this
// machine lacks terms.path; kInternal: the self-check of kernels or noise failed.
Result<TrainingResult> Train(const TrainingPlan& plan, const TrainingTerms& terms, std::span<const FeatureBounds> features,
                             const DatasetView& train, const std::optional<DatasetView>& validation,
                             crypto::RandomSource& random, Progress* progress);

// The composition that Train will report for these, without any data: what a run request must cover.
Result<privacy::RunCalibration> PlanPrivacy(const TrainingPlan& plan, const TrainingTerms& terms);

}  // namespace cloister::training

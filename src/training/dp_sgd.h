// Gradient descent with differential privacy (Abadi et al. 2016, arXiv 1607.00133), clipping without per-row gradients
// (book-keeping: Bu et al. 2023, arXiv 2210.00038).
#pragma once

#include "privacy/noise.h"
#include "training/internal/backprop.h"
#include "training/plan.h"

namespace cloister::training {

// Sums of clipped gradients. One person adds a vector of norm at most `clip` to a sum, whatever the rows are: each of its r
// rows is cut to clip / r. So persons are the unit of privacy, and the sensitivity is `clip` for any number of rows.
class ClippedGradients {
 public:
  // Borrows `data`. `bias_input`: see TrainingPlan. An infinite clip gives plain sums, for comparison only.
  ClippedGradients(const Model& model, const DatasetView& data, double clip, double bias_input);

  // Over all rows of `persons`, at the model's present parameters; parameters().size() numbers.
  std::span<double> Sum(const Model& model, std::span<const std::uint32_t> persons);

 private:
  void AddChunk(const Model& model);

  const DatasetView data_;
  double clip_;
  double bias_input_;
  internal::Backprop pass_;
  std::vector<std::uint32_t> first_row_;  // of each person, and the number of rows
  std::vector<std::uint32_t> labels_;     // of the rows collected in pass_
  std::vector<double> limits_;            // what each of them is cut to
  std::vector<double> norms_;
  std::vector<float> weights_;
  std::vector<double> sum_;
};

// One step = Poisson sample of persons, clipped sum, noise of sigma * clip, division by the *expected* batch (the realised one
// is private), update. Iterates, momentum and averages are post-processing and cost nothing.
class DpSgd {
 public:
  // `q` and `expected_batch` come from the contract, `sigma` from calibration. Borrows everything. CHECKs that the plan is sound.
  DpSgd(const TrainingPlan& plan, double q, double expected_batch, double sigma, const DatasetView& data, Model& model,
        crypto::RandomSource& random);
  void Step();
  // After the last step: puts the average of the iterates into the model where the plan asks for it.
  void Finish();

 private:
  const TrainingPlan& plan_;
  double q_;
  double expected_batch_;
  double sigma_;
  std::uint32_t persons_;
  Model& model_;
  crypto::RandomSource& random_;
  privacy::GaussianNoise noise_;
  ClippedGradients gradients_;
  std::vector<float> velocity_;
  std::vector<double> average_;
  std::uint32_t step_ = 0;
  std::uint32_t averaged_ = 0;
};

}  // namespace cloister::training

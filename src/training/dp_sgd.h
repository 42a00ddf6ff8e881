// Gradient descent with differential privacy (Abadi et al. 2016, arXiv 1607.00133), clipping without per-row gradients
// (book-keeping: Bu et al. 2023, arXiv 2210.00038).
#pragma once

#include "privacy/noise.h"
#include "training/internal/backprop.h"
#include "training/internal/pool.h"
#include "training/plan.h"

namespace cloister::training {

// What the machine gives. Results depend on the path, in the last bits; never on the number of threads.
struct Engine {
  VectorPath path = BestVectorPath();
  int threads = 1;
};

// Sums of clipped gradients. One person adds a vector of norm at most `clip` to a sum, whatever the rows are: each of its r
// rows is cut to clip / r. So persons are the unit of privacy, and the sensitivity is `clip` for any number of rows.
class ClippedGradients {
 public:
  using Part = internal::Part;

  // Borrows `data`. `bias_input`: see TrainingPlan. An infinite clip gives plain sums, for comparison only.
  ClippedGradients(const Model& model, const DatasetView& data, double clip, double bias_input, const Engine& engine);

  internal::Weights& weights() { return pass_.weights(); }
  std::span<const Part> parts() const { return parts_; }

  // Sums over all rows of `persons` at the weights as they are packed, and hands each part with its sums to `finish`, which may
  // change them, update that part of the weights, and is called by several threads.
  template <class Finish>
  void ForEachPart(std::span<const std::uint32_t> persons, const Finish& finish) {
    Collect(persons);
    const std::size_t chunks = Chunks();
    for (std::size_t chunk = 0; chunk < chunks; ++chunk) {
      PassRows(chunk, chunks);
      pool_.Run(parts_.size(), [&](std::size_t i) {
        alignas(64) double here[internal::kLargestPart];
        const std::span<double> sums = SumsOf(parts_[i], chunks, here);
        AddPart(parts_[i], chunk, chunks, sums);
        if (chunk + 1 < chunks) return;
        finish(parts_[i], sums);
      });
    }
  }

  // The same sums as one vector in the order of the model's parameters, whose present values it takes.
  std::vector<double> Sum(const Model& model, std::span<const std::uint32_t> persons);

 private:
  void Collect(std::span<const std::uint32_t> persons);
  std::size_t Chunks() const;
  std::size_t Begin(std::size_t chunk, std::size_t chunks) const { return rows_.size() * chunk / chunks; }
  void PassRows(std::size_t chunk, std::size_t chunks);
  void PassBlock(std::size_t first, std::size_t begin, std::size_t end);
  std::span<double> SumsOf(const Part& part, std::size_t chunks, double* here);
  void AddPart(const Part& part, std::size_t chunk, std::size_t chunks, std::span<double> sums);

  const DatasetView data_;
  double clip_;
  double bias_input_;
  internal::Pool pool_;
  internal::Backprop pass_;
  std::vector<Part> parts_;
  std::vector<std::uint32_t> first_row_;  // of each person, and the number of rows
  std::vector<std::uint32_t> rows_;       // that this sum is over
  std::vector<std::uint32_t> labels_;     // theirs
  std::vector<double> limits_;            // what each of them is cut to
  std::vector<double> sums_;              // in part order, where rows are more than one chunk
};

namespace internal {

// The model's parameters with their momentum and average; updated part by part.
class Descent {
 public:
  struct Rates {
    float scale = 1;  // of sums
    float momentum = 0;
    float weights = 0;
    float biases = 0;
    bool average = false;
  };

  Descent(Model& model, const Kernels& kernels, bool averages);
  // Threads may update different parts. Packs the part's weights again.
  void Update(const Part& part, std::span<const double> sums, const Rates& rates, Weights& weights);
  // Puts the mean of `count` averaged iterates into the model.
  void TakeAverage(std::uint32_t count);

 private:
  void UpdateRow(std::size_t at, std::span<const double> sums, float rate, const Rates& rates);

  Model& model_;
  const Kernels& kernels_;
  std::vector<float> velocity_;
  std::vector<double> average_;
};

}  // namespace internal

// One step = Poisson sample of persons, clipped sum, noise of sigma * clip, division by the *expected* batch (the realised one
// is private), update. Iterates, momentum and averages are post-processing and cost nothing. A part of the sum is made noisy
// and used by the thread that computed it, while it is in that processor's cache.
class DpSgd {
 public:
  // `q` and `expected_batch` come from the contract, `sigma` from calibration. Borrows everything; nobody else changes the model
  // meanwhile. CHECKs that the plan is sound and that this machine supports the engine's path.
  DpSgd(const TrainingPlan& plan, double q, double expected_batch, double sigma, const DatasetView& data, Model& model,
        crypto::RandomSource& random, const Engine& engine);
  void Step();
  // After the last step: puts the average of the iterates into the model where the plan asks for it.
  void Finish();

 private:
  const TrainingPlan& plan_;
  double q_;
  double expected_batch_;
  double sigma_;
  std::uint32_t persons_;
  crypto::RandomSource& random_;
  privacy::NoiseField noise_;
  ClippedGradients gradients_;
  internal::Descent descent_;
  std::uint32_t step_ = 0;
  std::uint32_t averaged_ = 0;
};

}  // namespace cloister::training

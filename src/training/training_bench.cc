// One training step of an MLP 100-256-256-10 on a batch of 256, with privacy and without, on one thread.
#include <benchmark/benchmark.h>

#include <limits>

#include "training/dp_sgd.h"
#include "training/internal/gemm.h"

namespace cloister::training {
namespace {

constexpr std::size_t kColumns = 100, kBatch = 256, kRows = 4096;

struct Setup {
  std::vector<float> rows = std::vector<float>(kRows * kColumns);
  std::vector<std::uint32_t> labels = std::vector<std::uint32_t>(kRows);
  DatasetView view;
  TrainingPlan plan;
  crypto::RandomStream random{crypto::SystemRandom()};
  Model model;

  Setup() : model(MakeModel(random)) {
    privacy::GaussianNoise noise(random);
    for (float& value : rows) value = static_cast<float>(noise.Noisy(0, 1));
    for (std::size_t i = 0; i < kRows; ++i) labels[i] = static_cast<std::uint32_t>(i % 10);
    view = {{rows.data(), kRows, kColumns}, labels, {}};
    plan.hidden = {256, 256};
    plan.classes = 10;
    plan.loss = Loss::kSoftmax;
    plan.steps = 1'000'000;
    plan.expected_batch = kBatch;
    plan.clip = 1;
    plan.learning_rate = 1e-3;
    internal::SetThreads(1);
  }
  static Model MakeModel(crypto::RandomSource& random) {
    const std::vector<FeatureBounds> features(kColumns, FeatureBounds{"x", -4, 4, std::nullopt});
    auto model = Model::Create({kColumns, {256, 256}, 10, Loss::kSoftmax}, *InputScaling::Create(features, 0.5), random);
    return *std::move(model);
  }
};

// Sampling, clipping, noise, update.
void BM_PrivateStep(benchmark::State& state) {
  Setup setup;
  DpSgd descent(setup.plan, static_cast<double>(kBatch) / kRows, kBatch, 1, setup.view, setup.model, setup.random);
  for (auto _ : state) descent.Step();
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kBatch));
}
BENCHMARK(BM_PrivateStep);

// The same network, random batches, momentum update and number types, without norms, clipping and noise.
void BM_PlainStep(benchmark::State& state) {
  Setup setup;
  ClippedGradients gradients(setup.model, setup.view, std::numeric_limits<double>::infinity(), 1);
  std::vector<float> velocity(setup.model.parameters().size());
  for (auto _ : state) {
    const auto batch = privacy::PoissonSample(setup.random, static_cast<double>(kBatch) / kRows, kRows);
    const auto sum = gradients.Sum(setup.model, batch);
    const auto parameters = setup.model.mutable_parameters();
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      velocity[i] = 0.5F * velocity[i] + static_cast<float>(sum[i]) * (1.0F / kBatch);
      parameters[i] -= 1e-3F * velocity[i];
    }
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kBatch));
}
BENCHMARK(BM_PlainStep);

// The matrix products of such a step alone: what no implementation can do without.
void BM_ProductsOnly(benchmark::State& state) {
  internal::SetThreads(1);
  const std::size_t widths[] = {100, 256, 256, 10};
  std::vector<float> a(256 * 256, 0.5F), b(256 * 256, 0.25F), c(256 * 256);
  using internal::Turn;
  for (auto _ : state) {
    for (std::size_t l = 0; l < 3; ++l) {
      const std::size_t in = widths[l], out = widths[l + 1];
      internal::Multiply(Turn::kNo, Turn::kYes, kBatch, out, in, a.data(), b.data(), true, c.data());
      if (l > 0) internal::Multiply(Turn::kNo, Turn::kNo, kBatch, in, out, a.data(), b.data(), false, c.data());
      internal::Multiply(Turn::kYes, Turn::kNo, out, in, kBatch, a.data(), b.data(), false, c.data());
    }
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kBatch));
}
BENCHMARK(BM_ProductsOnly);

}  // namespace
}  // namespace cloister::training

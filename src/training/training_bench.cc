// One training step of an MLP 100-256-256-10 on a batch of 256, with privacy and without, by one thread and by two, and what
// the pieces of privacy cost. Steps with and without privacy take turns, so that other jobs of the machine slow both alike.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <limits>

#include "training/dp_sgd.h"
#include "training/internal/self_check.h"

namespace cloister::training {
namespace {

constexpr std::size_t kColumns = 100, kBatch = 256;

// Sampling from 4096 persons at random would give a batch of another size each time, and the best step would be that of the
// smallest. So each step takes all of 256, and sampling is done beside it, for its time.
void Sample(crypto::RandomSource& random) { benchmark::DoNotOptimize(privacy::PoissonSample(random, 1.0 / 16, 4096)); }

struct Setup {
  std::vector<float> rows = std::vector<float>(kBatch * kColumns);
  std::vector<std::uint32_t> labels = std::vector<std::uint32_t>(kBatch);
  DatasetView view;
  TrainingPlan plan;
  crypto::RandomStream random{crypto::SystemRandom()};
  Model model;

  Setup() : model(MakeModel(random)) {
    privacy::GaussianNoise noise(random);
    for (float& value : rows) value = static_cast<float>(noise.Noisy(0, 1));
    for (std::size_t i = 0; i < kBatch; ++i) labels[i] = static_cast<std::uint32_t>(i % 10);
    view = {{rows.data(), kBatch, kColumns}, labels, {}};
    plan.hidden = {256, 256};
    plan.classes = 10;
    plan.loss = Loss::kSoftmax;
    plan.steps = 1'000'000;
    plan.expected_batch = kBatch;
    plan.clip = 1;
    plan.learning_rate = 1e-3;
  }
  static Model MakeModel(crypto::RandomSource& random) {
    const std::vector<FeatureBounds> features(kColumns, FeatureBounds{"x", -4, 4, std::nullopt});
    auto model = Model::Create({kColumns, {256, 256}, 10, Loss::kSoftmax}, *InputScaling::Create(features, 0.5), random);
    return *std::move(model);
  }
};

// The same engine, network, random batches and momentum update, without norms, clipping and noise.
class PlainDescent {
 public:
  PlainDescent(Setup& setup, const Engine& engine)
      : setup_(setup), gradients_(setup.model, setup.view, std::numeric_limits<double>::infinity(), 1, engine),
        descent_(setup.model, internal::KernelsFor(engine.path), false) {}
  void Step() {
    const auto batch = privacy::PoissonSample(setup_.random, 1, kBatch);
    const internal::Descent::Rates rates{.scale = 1.0F / kBatch, .momentum = 0, .weights = 1e-3F, .biases = 1e-3F, .average = false};
    gradients_.ForEachPart(batch, [&](const internal::Part& part, std::span<double> sums) {
      descent_.Update(part, sums, rates, gradients_.weights());
    });
  }

 private:
  Setup& setup_;
  ClippedGradients gradients_;
  internal::Descent descent_;
};

double Microseconds(const std::function<void()>& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - begin).count();
}

double Median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2), values.end());
  return values[values.size() / 2];
}

// Counters: microseconds of a step of each kind, median and best, and the ratio of the medians and of the best. Groups of steps
// of both kinds take turns; the first step of a group, which finds the other kind's numbers in the caches, is not counted.
void BM_PrivateStepAgainstPlain(benchmark::State& state) {
  const Engine engine{.path = static_cast<VectorPath>(state.range(0)), .threads = static_cast<int>(state.range(1))};
  if (!Supports(engine.path)) return state.SkipWithError("this machine lacks the path");
  Setup with, without;
  DpSgd private_descent(with.plan, 1, kBatch, 1, with.view, with.model, with.random, engine);
  PlainDescent plain_descent(without, engine);
  std::vector<double> private_times, plain_times;
  const auto run = [&](auto& descent, std::vector<double>& times) {
    descent.Step();
    for (int i = 0; i < 4; ++i) {
      times.push_back(Microseconds([&] {
        Sample(with.random);
        descent.Step();
      }));
    }
  };
  for (auto _ : state) {
    run(plain_descent, plain_times);
    run(private_descent, private_times);
    state.SetIterationTime(private_times.back() * 1e-6);
  }
  const auto best = [](const std::vector<double>& times) { return *std::min_element(times.begin(), times.end()); };
  state.SetLabel(std::string(Name(engine.path)));
  state.counters["private_us"] = Median(private_times);
  state.counters["plain_us"] = Median(plain_times);
  state.counters["ratio"] = Median(private_times) / Median(plain_times);
  state.counters["best_private_us"] = best(private_times);
  state.counters["best_plain_us"] = best(plain_times);
  state.counters["best_ratio"] = best(private_times) / best(plain_times);
}
BENCHMARK(BM_PrivateStepAgainstPlain)
    ->ArgNames({"path", "threads"})
    ->ArgsProduct({{1, 2, 3}, {1, 2}})
    ->UseManualTime();

// By the fastest path, for the table of bars.
BENCHMARK(BM_PrivateStepAgainstPlain)->Name("PrivateStepOneThread")->Args({static_cast<int>(BestVectorPath()), 1})->UseManualTime();
BENCHMARK(BM_PrivateStepAgainstPlain)->Name("PrivateStepTwoThreads")->Args({static_cast<int>(BestVectorPath()), 2})->UseManualTime();

void BM_NoiseOfAStep(benchmark::State& state) {
  const auto path = static_cast<VectorPath>(state.range(0));
  if (!Supports(path)) return state.SkipWithError("this machine lacks the path");
  crypto::RandomStream random(crypto::SystemRandom());
  privacy::NoiseField noise(random, path);
  std::vector<double> values(94'218);
  for (auto _ : state) {
    noise.Begin(random);
    noise.AddTo(0, values, 1);
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(values.size()));
  state.SetLabel(std::string(Name(path)));
}
BENCHMARK(BM_NoiseOfAStep)->ArgName("path")->DenseRange(1, 3);

void BM_SelfCheck(benchmark::State& state) {
  for (auto _ : state) {
    benchmark::DoNotOptimize(internal::CheckKernels(internal::KernelsFor(BestVectorPath())));
    benchmark::DoNotOptimize(privacy::CheckNoise(BestVectorPath()));
  }
}
BENCHMARK(BM_SelfCheck);

}  // namespace
}  // namespace cloister::training

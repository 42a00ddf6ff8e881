// Cost of one epsilon, and of noise; docs/performance.md holds the figures.
#include <benchmark/benchmark.h>

#include "privacy/calibrate.h"
#include "privacy/noise.h"
#include "privacy/rdp.h"

namespace cloister::privacy {
namespace {

const MechanismEvent kTypical{MechanismKind::kSubsampledGaussian, 1.0, 0.01, 1000};

void BM_PrvEpsilon1000Steps(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(PrvEpsilon({&kTypical, 1}, 1e-5));
}
BENCHMARK(BM_PrvEpsilon1000Steps)->Unit(benchmark::kMillisecond)->UseRealTime();

void BM_RdpEpsilon1000Steps(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(RdpEpsilon({&kTypical, 1}, 1e-5));
}
BENCHMARK(BM_RdpEpsilon1000Steps)->Unit(benchmark::kMillisecond);

void BM_CalibrateRun(benchmark::State& state) {
  const MechanismEvent validation{MechanismKind::kSubsampledGaussian, 12, 1, 1};
  for (auto _ : state) benchmark::DoNotOptimize(CalibrateRun({1, 1e-5}, 1, 40, {&validation, 1}));
}
BENCHMARK(BM_CalibrateRun)->Unit(benchmark::kMillisecond);

void BM_GaussianNoise(benchmark::State& state) {
  crypto::RandomStream random(crypto::SystemRandom());
  GaussianNoise noise(random);
  std::vector<double> values(94'000, 0.0);
  for (auto _ : state) noise.AddTo(values, 1.0);
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(values.size()));
}
BENCHMARK(BM_GaussianNoise);

void BM_KeystreamOfTheSameLength(benchmark::State& state) {
  crypto::RandomStream random(crypto::SystemRandom());
  std::vector<std::uint8_t> bytes(94'000 * 8);
  for (auto _ : state) random.Fill(bytes);
  state.SetItemsProcessed(state.iterations() * 94'000);
}
BENCHMARK(BM_KeystreamOfTheSameLength);

}  // namespace
}  // namespace cloister::privacy

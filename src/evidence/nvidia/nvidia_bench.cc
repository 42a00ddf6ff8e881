// Verification against its physical limit: with chains, manifests and answers that were verified before, one ECDSA
// P-384 check for each device.
#include "base/bench_against.h"
#include "evidence/bare_checks.h"
#include "evidence/nvidia/simulated.h"

namespace cloister::evidence {
namespace {

const Time kNow = *FromRfc3339("2026-03-15T00:00:00Z");
constexpr std::size_t kGpus = 8, kSwitches = 4;

struct NvidiaBench {
  SimulatedNvidia vendor = *SimulatedNvidia::Make(
      {.not_before = kNow - std::chrono::days(1), .not_after = kNow + std::chrono::days(1)});
  std::vector<SimulatedNvidiaDevice> devices = *vendor.MakeSystem(kGpus, kSwitches, crypto::SystemRandom());
  NvidiaCollateral collateral = vendor.Collateral(devices);
  PreparedNvidiaCollateral prepared{collateral};
  TrustAnchors anchors = vendor.Trusted();
  std::vector<NvidiaEvidence> evidence = [this] {
    std::vector<NvidiaEvidence> all;
    for (const auto& device : devices) all.push_back(device.Evidence(NvidiaNonce{}));
    return all;
  }();
};

NvidiaBench& TheBench() {
  static auto* const bench = new NvidiaBench();
  return *bench;
}

NvidiaExpectations Everything() {
  return {.nonce = {}, .measurements = NvidiaMeasurements::kMustMatch, .revocation = NvidiaRevocation::kMustBeGood};
}

void NvidiaReportCached(benchmark::State& state) {
  const NvidiaBench& bench = TheBench();
  NvidiaVerifiedCache cache(256);
  NvidiaExpectations expected = Everything();
  expected.measurements = NvidiaMeasurements::kNotCompared;
  expected.revocation = NvidiaRevocation::kNotChecked;
  const auto verify = [&] {
    CHECK(VerifyNvidia(bench.evidence[0], {}, bench.anchors, expected, kNow, cache).has_value());
  };
  BenchAgainst(state, verify, BareChecks(crypto::SignatureAlgorithm::kEs384, 1));
}
BENCHMARK(NvidiaReportCached)->UseManualTime();

void NvidiaGpuCached(benchmark::State& state) {
  const NvidiaBench& bench = TheBench();
  NvidiaVerifiedCache cache(256);
  const auto verify = [&] {
    CHECK(VerifyNvidia(bench.evidence[0], bench.prepared, bench.anchors, Everything(), kNow, cache).has_value());
  };
  BenchAgainst(state, verify, BareChecks(crypto::SignatureAlgorithm::kEs384, 1));
}
BENCHMARK(NvidiaGpuCached)->UseManualTime();

void NvidiaGpuUncached(benchmark::State& state) {
  const NvidiaBench& bench = TheBench();
  for (auto _ : state) {
    CHECK(VerifyNvidia(bench.evidence[0], bench.collateral, bench.anchors, Everything(), kNow).has_value());
  }
}
BENCHMARK(NvidiaGpuUncached);

// Eight GPUs with manifests and OCSP answers; the bar is 5 ms.
void NvidiaEightGpusCached(benchmark::State& state) {
  const NvidiaBench& bench = TheBench();
  NvidiaVerifiedCache cache(256);
  const NvidiaSystemExpectations expected{Everything(), kGpus, 0, NvidiaTopology::kIndependent};
  const auto verify = [&] {
    CHECK(VerifyNvidiaSystem({bench.evidence.data(), kGpus}, bench.prepared, bench.anchors, expected, kNow, cache)
              .has_value());
  };
  BenchAgainst(state, verify, BareChecks(crypto::SignatureAlgorithm::kEs384, kGpus));
}
BENCHMARK(NvidiaEightGpusCached)->Unit(benchmark::kMillisecond)->UseManualTime();

void NvidiaEightGpusAndSwitchesCached(benchmark::State& state) {
  const NvidiaBench& bench = TheBench();
  NvidiaVerifiedCache cache(256);
  const NvidiaSystemExpectations expected{Everything(), kGpus, kSwitches, NvidiaTopology::kProtectedPcie};
  const auto verify = [&] {
    CHECK(VerifyNvidiaSystem(bench.evidence, bench.prepared, bench.anchors, expected, kNow, cache).has_value());
  };
  BenchAgainst(state, verify, BareChecks(crypto::SignatureAlgorithm::kEs384, kGpus + kSwitches));
}
BENCHMARK(NvidiaEightGpusAndSwitchesCached)->Unit(benchmark::kMillisecond)->UseManualTime();

void NvidiaManifestUncached(benchmark::State& state) {
  const NvidiaBench& bench = TheBench();
  for (auto _ : state) CHECK(VerifyNvidiaRim(bench.collateral.rims[0], bench.anchors, kNow).has_value());
}
BENCHMARK(NvidiaManifestUncached);

}  // namespace
}  // namespace cloister::evidence

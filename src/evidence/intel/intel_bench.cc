// Verification of TDX quotes against its physical limits. With chain, collateral and attestation key that were seen
// before: one P-256 check. Without: the P-256 checks of as many signatures.
#include "base/bench_against.h"
#include "evidence/bare_checks.h"
#include "evidence/intel/simulated.h"
#include "evidence/intel/verified_intel_cache.h"

namespace cloister::evidence {
namespace {

const Time kNow = *FromRfc3339("2026-03-15T00:00:00Z");
// PCK certificate and CA, TCB signer, two lists, TCB info, QE identity, QE report, quote.
constexpr int kSignatures = 9;

SimulatedIntelOptions Options() {
  SimulatedIntelOptions options;
  options.not_before = options.issue_date = kNow - std::chrono::days(1);
  options.not_after = options.next_update = kNow + std::chrono::days(1);
  return options;
}

struct Bench {
  SimulatedIntelPlatform platform = *SimulatedIntelPlatform::Make(Options(), crypto::SystemRandom());
  Bytes quote = platform.Quote(platform.Td({}), 4);
  IntelCollateral collateral = platform.Collateral(IntelTee::kTdx);
  TrustAnchors anchors = [this] {
    const crypto::Sha256Digest named[] = {platform.root.Fingerprint()};
    return *TrustAnchors::VendorsAndSimulated(platform.Anchors(), named);
  }();
  TdxExpectations expected{.report_data = {},
                           .mr_config_id = ExpectedField<48>::AnyValue(),
                           .collateral = IntelCollateralRule::kEverything,
                           .minimum_tcb_evaluation = 17};
};

const Bench& TheBench() {
  static const auto* const bench = new Bench();
  return *bench;
}

void VerifyTdxCached(benchmark::State& state) {
  const Bench& bench = TheBench();
  const PreparedIntelCollateral collateral(bench.collateral);
  VerifiedIntelCache cache(16);
  const auto verify = [&] {
    const auto verified = VerifyTdx(bench.quote, collateral, bench.anchors, bench.expected, kNow, cache);
    CHECK(verified.has_value() && verified->platform().revocation_checked());
  };
  BenchAgainst(state, verify, BareChecks(crypto::SignatureAlgorithm::kEs256, 1));
}
BENCHMARK(VerifyTdxCached)->UseManualTime();

void VerifySgxCached(benchmark::State& state) {
  const Bench& bench = TheBench();
  const Bytes quote = bench.platform.Quote(bench.platform.Enclave({}), 3);
  const PreparedIntelCollateral collateral(bench.platform.Collateral(IntelTee::kSgx));
  const SgxExpectations expected{.report_data = {},
                                 .config_id = ExpectedField<64>::AnyValue(),
                                 .collateral = IntelCollateralRule::kEverything,
                                 .minimum_tcb_evaluation = 17};
  VerifiedIntelCache cache(16);
  const auto verify = [&] { CHECK(VerifySgx(quote, collateral, bench.anchors, expected, kNow, cache).has_value()); };
  BenchAgainst(state, verify, BareChecks(crypto::SignatureAlgorithm::kEs256, 1));
}
BENCHMARK(VerifySgxCached)->UseManualTime();

void VerifyTdxUncached(benchmark::State& state) {
  const Bench& bench = TheBench();
  const auto verify = [&] {
    CHECK(VerifyTdx(bench.quote, bench.collateral, bench.anchors, bench.expected, kNow).has_value());
  };
  BenchAgainst(state, verify, BareChecks(crypto::SignatureAlgorithm::kEs256, kSignatures));
}
BENCHMARK(VerifyTdxUncached)->UseManualTime();

void ParseQuote(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(ParseIntelQuote(TheBench().quote));
}
BENCHMARK(ParseQuote);

void ReadTcbInfo(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(ParseTcbInfo(TheBench().collateral.tcb_info));
}
BENCHMARK(ReadTcbInfo);

void MakeTdxClaims(benchmark::State& state) {
  const Bench& bench = TheBench();
  const auto verified = VerifyTdx(bench.quote, bench.collateral, bench.anchors, bench.expected, kNow);
  for (auto _ : state) benchmark::DoNotOptimize(verified->Claims());
}
BENCHMARK(MakeTdxClaims);

}  // namespace
}  // namespace cloister::evidence

// Verification of TDX quotes against its physical limits. With chain, collateral and attestation key that were seen
// before: one P-256 check, by OpenSSL alone. Without: the bare P-256 checks of as many signatures.
#include <benchmark/benchmark.h>
#include <openssl/ec.h>
#include <openssl/evp.h>

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
  VerifiedIntelCache cache(16);
  for (auto _ : state) {
    const auto verified = VerifyTdx(bench.quote, bench.collateral, bench.anchors, bench.expected, kNow, &cache);
    CHECK(verified.has_value() && verified->platform().revocation_checked());
  }
}
BENCHMARK(VerifyTdxCached);

// The bare primitive: key parsed, message hashed, signature in OpenSSL's form, context made.
void BareP256Verify(benchmark::State& state) {
  EVP_PKEY* const key = EVP_EC_gen("P-256");
  EVP_PKEY_CTX* const context = EVP_PKEY_CTX_new(key, nullptr);
  const Bytes digest(32, 7);
  Bytes signature(128);
  std::size_t size = signature.size();
  CHECK(EVP_PKEY_sign_init(context) == 1);
  CHECK(EVP_PKEY_sign(context, signature.data(), &size, digest.data(), digest.size()) == 1);
  CHECK(EVP_PKEY_verify_init(context) == 1);
  const auto checks = static_cast<int>(state.range(0));
  for (auto _ : state) {
    for (int i = 0; i < checks; ++i) {
      CHECK(EVP_PKEY_verify(context, signature.data(), size, digest.data(), digest.size()) == 1);
    }
  }
  EVP_PKEY_CTX_free(context);
  EVP_PKEY_free(key);
}
BENCHMARK(BareP256Verify)->Arg(1)->Arg(kSignatures);

void VerifyTdxUncached(benchmark::State& state) {
  const Bench& bench = TheBench();
  for (auto _ : state) {
    CHECK(VerifyTdx(bench.quote, bench.collateral, bench.anchors, bench.expected, kNow).has_value());
  }
}
BENCHMARK(VerifyTdxUncached);

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

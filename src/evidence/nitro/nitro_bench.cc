// Nitro and CCA verification against their physical limits: ECDSA P-384 checks. A Nitro document takes one where its
// chain was verified before, and five where not (four certificates below the root, and itself); a CCA token takes one
// where its platform half was verified before, and two where not.
#include "base/bench_against.h"
#include "evidence/bare_checks.h"
#include "evidence/cca/platform_cache.h"
#include "evidence/cca/simulated.h"
#include "evidence/nitro/chain_cache.h"
#include "evidence/nitro/simulated.h"

namespace cloister::evidence {
namespace {

const Time kNow = *FromRfc3339("2026-03-15T00:00:00Z");

struct Bench {
  SimulatedNitro nitro = *SimulatedNitro::Make({.not_before = kNow - std::chrono::days(1),
                                                .not_after = kNow + std::chrono::days(1),
                                                .leaf_not_before = kNow - std::chrono::hours(1),
                                                .leaf_not_after = kNow + std::chrono::hours(2)});
  Bytes document = nitro.Sign(nitro.Document(kNow, Bytes(32, 1)));
  TrustAnchors anchors = [this] {
    const crypto::Sha256Digest named[] = {nitro.root.Fingerprint()};
    return *TrustAnchors::VendorsAndSimulated(nitro.Anchors(), named);
  }();
  NitroExpectations expected{.time = NitroTime::kFresh,
                             .skew = Seconds(60),
                             .nonce = ExpectedNitroField::Exactly(Bytes(32, 1)),
                             .user_data = ExpectedNitroField::Absent(),
                             .public_key = ExpectedNitroField::Absent()};
};

const Bench& TheBench() {
  static const auto* const bench = new Bench();
  return *bench;
}

void VerifyNitroCached(benchmark::State& state) {
  const Bench& bench = TheBench();
  NitroChainCache cache(16);
  const auto verify = [&] {
    CHECK(VerifyNitro(bench.document, {}, bench.anchors, bench.expected, kNow, cache).has_value());
  };
  BenchAgainst(state, verify, BareChecks(crypto::SignatureAlgorithm::kEs384, 1));
}
BENCHMARK(VerifyNitroCached)->UseManualTime();

void VerifyNitroUncached(benchmark::State& state) {
  const Bench& bench = TheBench();
  const auto verify = [&] { CHECK(VerifyNitro(bench.document, {}, bench.anchors, bench.expected, kNow).has_value()); };
  BenchAgainst(state, verify, BareChecks(crypto::SignatureAlgorithm::kEs384, 5));
}
BENCHMARK(VerifyNitroUncached)->UseManualTime();

struct CcaBench {
  SimulatedCca platform = SimulatedCca::Make({});
  Bytes token = platform.Sign(platform.Contents({}));
  CcaPlatformKeys keys = platform.Keys();
  CcaExpectations expected{.challenge = {}, .personalization = ExpectedPersonalization::Exactly({})};
};

void VerifyCcaCached(benchmark::State& state) {
  const CcaBench bench;
  CcaPlatformCache cache(16);
  const auto verify = [&] {
    CHECK(VerifyCca(bench.token, bench.keys, std::nullopt, bench.expected, cache).has_value());
  };
  BenchAgainst(state, verify, BareChecks(crypto::SignatureAlgorithm::kEs384, 1));
}
BENCHMARK(VerifyCcaCached)->UseManualTime();

void VerifyCcaUncached(benchmark::State& state) {
  const CcaBench bench;
  const auto verify = [&] { CHECK(VerifyCca(bench.token, bench.keys, std::nullopt, bench.expected).has_value()); };
  BenchAgainst(state, verify, BareChecks(crypto::SignatureAlgorithm::kEs384, 2));
}
BENCHMARK(VerifyCcaUncached)->UseManualTime();

void ParseDocument(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(ParseNitroDocument(TheBench().document));
}
BENCHMARK(ParseDocument);

}  // namespace
}  // namespace cloister::evidence

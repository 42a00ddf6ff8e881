// Verification against its physical limits. With a chain that was verified before: one ECDSA P-384 check.
// Without: two RSA-4096 and one P-384 check, and a third RSA one for the revocation list.
#include "base/bench_against.h"
#include "evidence/bare_checks.h"
#include "evidence/snp/simulated.h"
#include "evidence/snp/verified_chain_cache.h"

namespace cloister::evidence {
namespace {

const Time kNow = *FromRfc3339("2026-03-15T00:00:00Z");

struct Bench {
  SimulatedSnpProcessor processor = *SimulatedSnpProcessor::Make({.not_before = kNow - std::chrono::days(1),
                                                                  .not_after = kNow + std::chrono::days(1),
                                                                  .vcek_not_after = kNow + std::chrono::days(1)},
                                                                 crypto::SystemRandom());
  SnpEvidence evidence{processor.Sign(processor.Report({}, {}, 0)), processor.Certificates()};
  TrustAnchors anchors = [this] {
    const crypto::Sha256Digest named[] = {processor.ark.Fingerprint()};
    return *TrustAnchors::VendorsAndSimulated(processor.Anchors(), named);
  }();
};

Bench& TheBench() {
  static auto* const bench = new Bench();
  return *bench;
}

SnpExpectations Expected() {
  return {.report_data = {},
          .host_data = ExpectedHostData::AnyHostData(),
          .vmpl = SnpVmpl::kOnlyZero,
          .chip_id = SnpChipId::kMustMatchCertificate};
}

void VerifySnpCached(benchmark::State& state) {
  const Bench& bench = TheBench();
  VerifiedChainCache cache(16);
  const auto verify = [&] {
    const auto verified = VerifySnp(bench.evidence, {}, bench.anchors, Expected(), kNow, cache);
    CHECK(verified.has_value() && verified->revocation() == SnpRevocation::kChecked);
  };
  BenchAgainst(state, verify, BareChecks(crypto::SignatureAlgorithm::kEs384, 1));
}
BENCHMARK(VerifySnpCached)->UseManualTime();

void VerifySnpUncached(benchmark::State& state) {
  const Bench& bench = TheBench();
  for (auto _ : state) {
    const auto verified = VerifySnp(bench.evidence, {}, bench.anchors, Expected(), kNow);
    CHECK(verified.has_value() && verified->revocation() == SnpRevocation::kChecked);
  }
}
BENCHMARK(VerifySnpUncached);

// The same four signature checks on messages of the same size, with keys parsed beforehand.
void OnlyTheSignatures(benchmark::State& state) {
  const auto rsa = *crypto::SigningKey::GenerateRsa(crypto::SignatureAlgorithm::kPs384, 4096);
  const auto ecdsa = crypto::SigningKey::Generate(crypto::SignatureAlgorithm::kEs384);
  const auto rsa_public = rsa.Public();
  const auto ecdsa_public = ecdsa.Public();
  const Bytes message(1000, 7);
  const Bytes rsa_signature = rsa.Sign(message), ecdsa_signature = ecdsa.Sign(message);
  for (auto _ : state) {
    for (int i = 0; i < 3; ++i) CHECK(rsa_public.Verify(message, rsa_signature).has_value());
    CHECK(ecdsa_public.Verify(message, ecdsa_signature).has_value());
  }
}
BENCHMARK(OnlyTheSignatures);

void ParseReport(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(ParseSnpReport(TheBench().evidence.report));
}
BENCHMARK(ParseReport);

}  // namespace
}  // namespace cloister::evidence

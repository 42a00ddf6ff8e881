// Nitro and CCA verification against their physical limits: ECDSA P-384 checks by OpenSSL alone. A Nitro document takes
// one where its chain was verified before, and five where not (four certificates below the root, and itself); a CCA
// token takes two.
#include <benchmark/benchmark.h>
#include <openssl/ec.h>
#include <openssl/evp.h>

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
  for (auto _ : state) CHECK(VerifyNitro(bench.document, {}, bench.anchors, bench.expected, kNow, cache).has_value());
}
BENCHMARK(VerifyNitroCached);

void VerifyNitroUncached(benchmark::State& state) {
  const Bench& bench = TheBench();
  for (auto _ : state) CHECK(VerifyNitro(bench.document, {}, bench.anchors, bench.expected, kNow).has_value());
}
BENCHMARK(VerifyNitroUncached);

void VerifyCcaToken(benchmark::State& state) {
  const SimulatedCca platform = SimulatedCca::Make({});
  const Bytes token = platform.Sign(platform.Contents({}));
  const CcaPlatformKeys keys = platform.Keys();
  const CcaExpectations expected{.challenge = {}, .personalization = ExpectedPersonalization::Exactly({})};
  for (auto _ : state) CHECK(VerifyCca(token, keys, std::nullopt, expected).has_value());
}
BENCHMARK(VerifyCcaToken);

// The bare primitive, `state.range(0)` times: key parsed, message hashed, signature in OpenSSL's form, context made.
void BareP384Checks(benchmark::State& state) {
  EVP_PKEY* const key = EVP_EC_gen("P-384");
  EVP_PKEY_CTX* const context = EVP_PKEY_CTX_new(key, nullptr);
  const Bytes digest(48, 7);
  Bytes signature(128);
  std::size_t size = signature.size();
  CHECK(EVP_PKEY_sign_init(context) == 1);
  CHECK(EVP_PKEY_sign(context, signature.data(), &size, digest.data(), digest.size()) == 1);
  CHECK(EVP_PKEY_verify_init(context) == 1);
  for (auto _ : state) {
    for (std::int64_t i = 0; i < state.range(0); ++i) {
      CHECK(EVP_PKEY_verify(context, signature.data(), size, digest.data(), digest.size()) == 1);
    }
  }
  EVP_PKEY_CTX_free(context);
  EVP_PKEY_free(key);
}
BENCHMARK(BareP384Checks)->Arg(1)->Arg(2)->Arg(5);

void ParseDocument(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(ParseNitroDocument(TheBench().document));
}
BENCHMARK(ParseDocument);

}  // namespace
}  // namespace cloister::evidence

// Verification of real samples, which other people's verifiers are timed on too (tools/bench_evidence_peers.py): with a
// cache that saw the machine's chain and collateral before, as a verifier that runs on has, and with none; and the bare
// signature checks that limit it, by our own library and by OpenSSL. Samples are in memory.
#include <benchmark/benchmark.h>
#include <openssl/ec.h>
#include <openssl/evp.h>

#include "base/file.h"
#include "evidence/bare_checks.h"
#include "evidence/cca/platform_cache.h"
#include "evidence/cca/verify.h"
#include "evidence/conformance/case.h"
#include "evidence/intel/verified_intel_cache.h"
#include "evidence/nitro/chain_cache.h"
#include "evidence/nvidia/verified_cache.h"
#include "evidence/nvidia/verify.h"
#include "evidence/snp/verified_chain_cache.h"
#include "evidence/snp/verify.h"
#include "evidence/tpm/verify.h"

namespace cloister::evidence {
namespace {

const TrustAnchors& Anchors() {
  static const auto* const anchors = new TrustAnchors(TrustAnchors::Vendors());
  return *anchors;
}

Result<Case> LoadSample(std::string_view id) {
  const std::filesystem::path folder = std::filesystem::path(CLOISTER_SHARED_DIR) / "vectors";
  const auto text = TRY(ReadTextFile(folder / "MANIFEST.json", std::size_t{16} << 20));
  const auto manifest = TRY(formats::Json::Parse(text));
  for (const formats::Json& entry : *TRY(manifest.AsArray())) {
    if (TRY(entry.GetString("id")) == id) return LoadCase(entry, folder);
  }
  return Error(ErrorCode::kNotFound, "no case " + std::string(id));
}

// Calls `run(sample)`; says that there is no such sample otherwise.
template <class Run>
void WithSample(benchmark::State& state, std::string_view id, const Run& run) {
  const auto sample = LoadSample(id);
  if (!sample) return state.SkipWithError(sample.error().ToText().c_str());
  run(*sample);
}

// Times `verify_cached(cache)`, or `verify()` where state.range(0) is 0. The first answer, not timed, fills the cache.
template <class Cache, class Verify, class VerifyCached>
void Measure(benchmark::State& state, const Verify& verify, const VerifyCached& verify_cached) {
  Cache cache(256);
  const bool cached = state.range(0) != 0;
  const auto run = [&] { return cached ? verify_cached(cache).has_value() : verify().has_value(); };
  if (!run()) return state.SkipWithError("the sample was refused");
  for (auto _ : state) CHECK(run());
}

// Where both calls differ by the cache alone.
template <class Cache, class Verify>
void Measure(benchmark::State& state, const Verify& verify) {
  Measure<Cache>(state, verify, verify);
}

void SampleSnp(benchmark::State& state) {
  WithSample(state, "snp/genoa-v3-azure", [&](const Case& sample) {
    const auto file = [&](const char* role) { return sample.files.at(role); };
    const SnpEvidence evidence{file("report"), {{SnpCertificateType::kVcek, file("vcek")}}};
    const SnpCollateral ours{{{SnpCertificateType::kAsk, file("ask")}, {SnpCertificateType::kArk, file("ark")}}};
    const SnpExpectations expected{.report_data = ParseSnpReport(evidence.report)->report_data,
                                   .host_data = ExpectedHostData::AnyHostData(),
                                   .vmpl = SnpVmpl::kAnyGuestLevel,
                                   .chip_id = SnpChipId::kMustMatchCertificate};
    const Time at = *sample.At();
    Measure<VerifiedChainCache>(
        state, [&](auto&... cache) { return VerifySnp(evidence, ours, Anchors(), expected, at, cache...); });
  });
}
BENCHMARK(SampleSnp)->ArgName("cached")->Arg(0)->Arg(1);

IntelCollateral CollateralOf(const Case& sample) {
  const auto text = [&](const char* role) { return std::string(AsText(sample.files.at(role))); };
  IntelCollateral collateral;
  collateral.tcb_info = text("tcb_info");
  collateral.tcb_info_issuer_chain = text("tcb_info_issuer_chain");
  collateral.qe_identity = text("qe_identity");
  collateral.qe_identity_issuer_chain = text("qe_identity_issuer_chain");
  collateral.root_crl = sample.files.at("root_ca_crl");
  collateral.pck_crl = sample.files.at("pck_crl");
  return collateral;
}

void SampleTdx(benchmark::State& state) {
  WithSample(state, "tdx/v4-b0c06f-uptodate", [&](const Case& sample) {
    const Bytes& quote = sample.files.at("quote");
    const IntelCollateral collateral = CollateralOf(sample);
    const PreparedIntelCollateral prepared(collateral);
    const TdxExpectations expected{.report_data = std::get<TdReport>(ParseIntelQuote(quote)->body).report_data,
                                   .mr_config_id = ExpectedField<48>::AnyValue(),
                                   .collateral = IntelCollateralRule::kEverything,
                                   .minimum_tcb_evaluation = 0};
    const Time at = *sample.At();
    Measure<VerifiedIntelCache>(
        state, [&] { return VerifyTdx(quote, collateral, Anchors(), expected, at); },
        [&](auto& cache) { return VerifyTdx(quote, prepared, Anchors(), expected, at, cache); });
  });
}
BENCHMARK(SampleTdx)->ArgName("cached")->Arg(0)->Arg(1);

void SampleSgx(benchmark::State& state) {
  WithSample(state, "sgx/v3-00a067-config-needed", [&](const Case& sample) {
    const Bytes& quote = sample.files.at("quote");
    const IntelCollateral collateral = CollateralOf(sample);
    const PreparedIntelCollateral prepared(collateral);
    const SgxExpectations expected{.report_data = std::get<SgxReport>(ParseIntelQuote(quote)->body).report_data,
                                   .config_id = ExpectedField<64>::AnyValue(),
                                   .collateral = IntelCollateralRule::kEverything,
                                   .minimum_tcb_evaluation = 0};
    const Time at = *sample.At();
    Measure<VerifiedIntelCache>(
        state, [&] { return VerifySgx(quote, collateral, Anchors(), expected, at); },
        [&](auto& cache) { return VerifySgx(quote, prepared, Anchors(), expected, at, cache); });
  });
}
BENCHMARK(SampleSgx)->ArgName("cached")->Arg(0)->Arg(1);

void SampleNitro(benchmark::State& state) {
  WithSample(state, "nitro/veracruz-2022", [&](const Case& sample) {
    const Bytes& document = sample.files.at("document");
    const auto nonce = ParseNitroDocument(document)->nonce;
    const NitroExpectations expected{
        .time = NitroTime::kFresh,
        .skew = std::chrono::minutes(5),
        .nonce = nonce ? ExpectedNitroField::Exactly(ToBytes(*nonce)) : ExpectedNitroField::Absent(),
        .user_data = ExpectedNitroField::AnyValueOrNone(),
        .public_key = ExpectedNitroField::AnyValueOrNone()};
    const Time at = *sample.At();
    Measure<NitroChainCache>(
        state, [&](auto&... cache) { return VerifyNitro(document, {}, Anchors(), expected, at, cache...); });
  });
}
BENCHMARK(SampleNitro)->ArgName("cached")->Arg(0)->Arg(1);

// With both manifests; revocation is not checked, since no OCSP answers for this chip are at hand.
void SampleNvidia(benchmark::State& state) {
  WithSample(state, "nvidia-gpu/hopper-550.90.07-full", [&](const Case& sample) {
    const NvidiaEvidence evidence{.architecture = NvidiaArchitecture::kHopper,
                                  .report = sample.files.at("report"),
                                  .certificates = std::string(AsText(sample.files.at("cert_chain"))),
                                  .uuid = {}};
    NvidiaCollateral collateral;
    collateral.rims = {sample.files.at("driver_rim"), sample.files.at("vbios_rim")};
    const NvidiaExpectations expected{.nonce = ParseNvidiaReport(evidence.report)->nonce,
                                      .measurements = NvidiaMeasurements::kMustMatch,
                                      .revocation = NvidiaRevocation::kNotChecked};
    const Time at = *sample.At();
    const PreparedNvidiaCollateral prepared(collateral);
    Measure<NvidiaVerifiedCache>(
        state, [&] { return VerifyNvidia(evidence, collateral, Anchors(), expected, at); },
        [&](auto& cache) { return VerifyNvidia(evidence, prepared, Anchors(), expected, at, cache); });
  });
}
BENCHMARK(SampleNvidia)->ArgName("cached")->Arg(0)->Arg(1);

void SampleCca(benchmark::State& state) {
  WithSample(state, "cca/tf-rmm-01", [&](const Case& sample) {
    const Bytes& bytes = sample.files.at("token");
    const CcaToken token = *ParseCcaToken(bytes);
    const formats::Json jwk = *formats::Json::Parse(AsText(sample.files.at("cpak")));
    CcaPlatformKeys keys;
    CHECK(keys.Add(*CcaPlatformKeyFromJwk(jwk, token.platform.implementation_id, token.platform.instance_id)));
    const CcaExpectations expected{.challenge = token.realm.challenge,
                                   .personalization = ExpectedPersonalization::AnyPersonalization()};
    Measure<CcaPlatformCache>(state,
                              [&](auto&... cache) { return VerifyCca(bytes, keys, std::nullopt, expected, cache...); });
  });
}
BENCHMARK(SampleCca)->ArgName("cached")->Arg(0)->Arg(1);

// One quote over all PCRs of SHA-256, and the log that explains them. Nothing but the key can be known before.
void SampleVtpm(benchmark::State& state) {
  WithSample(state, "gcp-vtpm/gce-cos-85-no-nonce", [&](const Case& sample) {
    const Bytes &area = sample.files.at("ak_pub"), &log = sample.files.at("event_log");
    const auto known = TpmAttestationKey::FromPublicArea(area);
    const formats::Json values = *formats::Json::Parse(AsText(sample.files.at("pcrs_sha256")));
    TpmQuoteEvidence evidence{sample.files.at("quote_sha256"), {}, {}};
    for (unsigned i = 0; i < kTpmPcrs; ++i) evidence.pcrs[i] = *FromHex(*values.GetString(std::to_string(i)));
    const TpmExpectations expected{ExpectedTpmNonce::AnyNonce(), DemandedPcrs::All(), ExpectedTpmInitData::AnyInitData()};
    const auto verify = [&](const Result<TpmAttestationKey>& key) -> Result<VerifiedTpmLog> {
      evidence.signature = TRY(ParseTpmSignature(sample.files.at("sig_sha256")));
      const VerifiedTpmQuote quote = TRY(VerifyTpmQuote(evidence, *key, expected));
      return VerifyTpmLog(quote, log);
    };
    struct KnownKey {
      explicit KnownKey(std::size_t) {}
    };
    Measure<KnownKey>(
        state, [&] { return verify(TpmAttestationKey::FromPublicArea(area)); }, [&](KnownKey&) { return verify(known); });
  });
}
BENCHMARK(SampleVtpm)->ArgName("cached")->Arg(0)->Arg(1);

// With the key made ready and the digest at hand. Names begin with Bare and the algorithm: the fastest counts.
void BareCheck(benchmark::State& state, crypto::SignatureAlgorithm algorithm) {
  const BareChecks check(algorithm, 1);
  for (auto _ : state) check();
}
void BareEs256(benchmark::State& state) { BareCheck(state, crypto::SignatureAlgorithm::kEs256); }
BENCHMARK(BareEs256);
void BareEs384(benchmark::State& state) { BareCheck(state, crypto::SignatureAlgorithm::kEs384); }
BENCHMARK(BareEs384);
void BareRs256(benchmark::State& state) { BareCheck(state, crypto::SignatureAlgorithm::kRs256); }
BENCHMARK(BareRs256);

// OpenSSL's own call, with the signature in its form and the context made.
void BareCheckByOpenSsl(benchmark::State& state, const char* curve, std::size_t digest_size) {
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen(curve), EVP_PKEY_free);
  const std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> context(EVP_PKEY_CTX_new(key.get(), nullptr),
                                                                            EVP_PKEY_CTX_free);
  const Bytes digest(digest_size, 7);
  Bytes signature(128);
  std::size_t size = signature.size();
  CHECK(EVP_PKEY_sign_init(context.get()) == 1);
  CHECK(EVP_PKEY_sign(context.get(), signature.data(), &size, digest.data(), digest.size()) == 1);
  CHECK(EVP_PKEY_verify_init(context.get()) == 1);
  for (auto _ : state) {
    CHECK(EVP_PKEY_verify(context.get(), signature.data(), size, digest.data(), digest.size()) == 1);
  }
}
void BareEs256ByOpenSsl(benchmark::State& state) { BareCheckByOpenSsl(state, "P-256", 32); }
BENCHMARK(BareEs256ByOpenSsl);
void BareEs384ByOpenSsl(benchmark::State& state) { BareCheckByOpenSsl(state, "P-384", 48); }
BENCHMARK(BareEs384ByOpenSsl);

}  // namespace
}  // namespace cloister::evidence

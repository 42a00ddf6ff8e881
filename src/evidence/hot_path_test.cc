// How often a verification allocates, from the bytes to the verified result, once caches and each thread's scratch are
// warm.
#include <gtest/gtest.h>

#include "base/count_allocations.h"
#include "evidence/cca/platform_cache.h"
#include "evidence/cca/simulated.h"
#include "evidence/intel/simulated.h"
#include "evidence/intel/verified_intel_cache.h"
#include "evidence/nitro/chain_cache.h"
#include "evidence/nitro/simulated.h"
#include "evidence/nvidia/simulated.h"
#include "evidence/nvidia/system.h"
#include "evidence/snp/simulated.h"
#include "evidence/snp/verified_chain_cache.h"
#include "evidence/tpm/simulated.h"

namespace cloister::evidence {
namespace {

const Time kNow = *FromRfc3339("2026-03-15T00:00:00Z");

// The third of three: the first fills caches, the second what is made at a later use.
template <class Verify>
std::uint64_t WarmAllocations(Verify verify) {
  std::uint64_t count = 0;
  for (int i = 0; i < 3; ++i) {
    count = CountAllocations([&] { EXPECT_TRUE(verify().has_value()); });
  }
  return count;
}

class HotPath : public testing::Test {
 protected:
  void SetUp() override {
    if (!kAllocationsAreCounted) GTEST_SKIP() << "a sanitizer has its own malloc";
  }
};

TEST_F(HotPath, CountsWhatIsAllocated) {
  EXPECT_EQ(CountAllocations([] { Bytes(100).swap(*std::make_unique<Bytes>()); }), 2U);
}

TEST_F(HotPath, VerifiesSnpWithoutAllocating) {
  const auto processor = *SimulatedSnpProcessor::Make({.not_before = kNow - std::chrono::days(1),
                                                       .not_after = kNow + std::chrono::days(1),
                                                       .vcek_not_after = kNow + std::chrono::days(1)},
                                                      crypto::SystemRandom());
  const SnpEvidence evidence{processor.Sign(processor.Report({}, {}, 0)), processor.Certificates()};
  const crypto::Sha256Digest named[] = {processor.ark.Fingerprint()};
  const auto anchors = *TrustAnchors::VendorsAndSimulated(processor.Anchors(), named);
  const SnpExpectations expected{.report_data = {},
                                 .host_data = ExpectedHostData::Exactly({}),
                                 .vmpl = SnpVmpl::kOnlyZero,
                                 .chip_id = SnpChipId::kMustMatchCertificate};
  VerifiedChainCache cache(4);
  EXPECT_EQ(WarmAllocations([&] { return VerifySnp(evidence, {}, anchors, expected, kNow, cache); }), 0U);
}

class IntelHotPath : public HotPath {
 protected:
  const SimulatedIntelPlatform platform_ = [] {
    SimulatedIntelOptions options;
    options.not_before = options.issue_date = kNow - std::chrono::days(1);
    options.not_after = options.next_update = kNow + std::chrono::days(1);
    return *SimulatedIntelPlatform::Make(options, crypto::SystemRandom());
  }();
  const TrustAnchors anchors_ = [this] {
    const crypto::Sha256Digest named[] = {platform_.root.Fingerprint()};
    return *TrustAnchors::VendorsAndSimulated(platform_.Anchors(), named);
  }();
  VerifiedIntelCache cache_{4};
};

TEST_F(IntelHotPath, VerifiesTdxWithoutAllocating) {
  const Bytes quote = platform_.Quote(platform_.Td({}), 4);
  const PreparedIntelCollateral collateral(platform_.Collateral(IntelTee::kTdx));
  const TdxExpectations expected{.report_data = {},
                                 .mr_config_id = ExpectedField<48>::AnyValue(),
                                 .collateral = IntelCollateralRule::kEverything,
                                 .minimum_tcb_evaluation = 17};
  EXPECT_EQ(WarmAllocations([&] { return VerifyTdx(quote, collateral, anchors_, expected, kNow, cache_); }), 0U);
}

TEST_F(IntelHotPath, VerifiesSgxWithoutAllocating) {
  const Bytes quote = platform_.Quote(platform_.Enclave({}), 3);
  const PreparedIntelCollateral collateral(platform_.Collateral(IntelTee::kSgx));
  const SgxExpectations expected{.report_data = {},
                                 .config_id = ExpectedField<64>::AnyValue(),
                                 .collateral = IntelCollateralRule::kEverything,
                                 .minimum_tcb_evaluation = 17};
  EXPECT_EQ(WarmAllocations([&] { return VerifySgx(quote, collateral, anchors_, expected, kNow, cache_); }), 0U);
}

TEST_F(HotPath, VerifiesNitroWithoutAllocating) {
  const auto nitro = *SimulatedNitro::Make({.not_before = kNow - std::chrono::days(1),
                                            .not_after = kNow + std::chrono::days(1),
                                            .leaf_not_before = kNow - std::chrono::hours(1),
                                            .leaf_not_after = kNow + std::chrono::hours(2)});
  const Bytes document = nitro.Sign(nitro.Document(kNow, Bytes(32, 1)));
  const crypto::Sha256Digest named[] = {nitro.root.Fingerprint()};
  const auto anchors = *TrustAnchors::VendorsAndSimulated(nitro.Anchors(), named);
  const NitroExpectations expected{.time = NitroTime::kFresh,
                                   .skew = Seconds(60),
                                   .nonce = ExpectedNitroField::Exactly(Bytes(32, 1)),
                                   .user_data = ExpectedNitroField::Absent(),
                                   .public_key = ExpectedNitroField::Absent()};
  NitroChainCache cache(4);
  EXPECT_EQ(WarmAllocations([&] { return VerifyNitro(document, {}, anchors, expected, kNow, cache); }), 0U);
}

TEST_F(HotPath, VerifiesCcaWithoutAllocating) {
  const auto platform = SimulatedCca::Make({});
  const Bytes token = platform.Sign(platform.Contents({}));
  const CcaPlatformKeys keys = platform.Keys();
  const CcaExpectations expected{.challenge = {}, .personalization = ExpectedPersonalization::Exactly({})};
  CcaPlatformCache cache(4);
  EXPECT_EQ(WarmAllocations([&] { return VerifyCca(token, keys, std::nullopt, expected, cache); }), 0U);
}

TEST_F(HotPath, VerifiesNvidiaWithoutAllocating) {
  const auto vendor =
      *SimulatedNvidia::Make({.not_before = kNow - std::chrono::days(1), .not_after = kNow + std::chrono::days(1)});
  const auto devices = *vendor.MakeSystem(1, 0, crypto::SystemRandom());
  const NvidiaEvidence evidence = devices[0].Evidence(NvidiaNonce{});
  const PreparedNvidiaCollateral collateral(vendor.Collateral(devices));
  const TrustAnchors anchors = vendor.Trusted();
  NvidiaVerifiedCache cache(256);
  NvidiaExpectations expected{.nonce = {},
                              .measurements = NvidiaMeasurements::kNotCompared,
                              .revocation = NvidiaRevocation::kNotChecked};
  const auto verify = [&] { return VerifyNvidia(evidence, collateral, anchors, expected, kNow, cache); };
  EXPECT_EQ(WarmAllocations(verify), 0U);
  expected.measurements = NvidiaMeasurements::kMustMatch;
  expected.revocation = NvidiaRevocation::kMustBeGood;
  EXPECT_EQ(WarmAllocations(verify), 0U);
}

TEST_F(HotPath, VerifiesNvidiaSystemsWithOneAllocation) {  // the list of devices
  const auto vendor =
      *SimulatedNvidia::Make({.not_before = kNow - std::chrono::days(1), .not_after = kNow + std::chrono::days(1)});
  const auto devices = *vendor.MakeSystem(8, 0, crypto::SystemRandom());
  std::vector<NvidiaEvidence> evidence;
  for (const auto& device : devices) evidence.push_back(device.Evidence(NvidiaNonce{}));
  const PreparedNvidiaCollateral collateral(vendor.Collateral(devices));
  const TrustAnchors anchors = vendor.Trusted();
  NvidiaVerifiedCache cache(256);
  const NvidiaSystemExpectations expected{.device = {.nonce = {},
                                                     .measurements = NvidiaMeasurements::kMustMatch,
                                                     .revocation = NvidiaRevocation::kMustBeGood},
                                          .gpus = 8,
                                          .switches = 0,
                                          .topology = NvidiaTopology::kIndependent};
  EXPECT_EQ(WarmAllocations([&] { return VerifyNvidiaSystem(evidence, collateral, anchors, expected, kNow, cache); }), 1U);
}

// An ECDSA key: OpenSSL allocates for each RSA check.
TEST_F(HotPath, VerifiesTpmQuotesWithoutAllocating) {
  const auto tpm = SimulatedTpm::Make(crypto::SignatureAlgorithm::kEs256);
  const TpmQuoteEvidence evidence = tpm.Quote(Bytes(32, 1));
  const auto key = *TpmAttestationKey::FromPublicArea(tpm.PublicArea());
  const TpmExpectations expected{ExpectedTpmNonce::Exactly(Bytes(32, 1)), DemandedPcrs::All(),
                                 ExpectedTpmInitData::AnyInitData()};
  EXPECT_EQ(WarmAllocations([&] { return VerifyTpmQuote(evidence, key, expected); }), 0U);
}

}  // namespace
}  // namespace cloister::evidence

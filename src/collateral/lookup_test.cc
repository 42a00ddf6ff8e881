#include "collateral/lookup.h"

#include "collateral/testing.h"
#include "evidence/intel/testing.h"
#include "evidence/nvidia/testing.h"

namespace cloister::collateral {
namespace {

using evidence::SnpExpectations;

evidence::SnpReport ReportOfTheChip() { return Amd().Report({}, std::array<std::uint8_t, 64>{}, 0); }

Result<evidence::VerifiedSnp> VerifyWith(const Store& store, Time at) {
  const auto vcek = TRY(VcekFor(store, ReportOfTheChip(), at));
  if (!vcek) return Error(ErrorCode::kNotFound, "no certificate");
  evidence::SnpEvidence evidence;
  evidence.report = Amd().Sign(ReportOfTheChip());
  evidence.certificates.push_back({evidence::SnpCertificateType::kVcek, *vcek});
  const auto collateral = TRY(SnpCollateralOf(store, at));
  return evidence::VerifySnp(evidence, collateral, store.anchors(),
                             {.report_data = {},
                              .host_data = evidence::ExpectedHostData::AnyHostData(),
                              .vmpl = evidence::SnpVmpl::kOnlyZero,
                              .chip_id = evidence::SnpChipId::kMustMatchCertificate},
                             at);
}

TEST(Lookup, RefusesEvidenceWhenTheListHasEndedRatherThanGoingWithout) {
  const TestFolder folder;
  Store store = FullStore(folder.path());
  ASSERT_TRUE(VerifyWith(store, kTestNow));
  EXPECT_EQ(VerifyWith(store, kTestNow + 20 * kDay).error().code(), ErrorCode::kExpired);
}

TEST(Lookup, RefusesACorruptList) {
  const TestFolder folder;
  const Store store = FullStore(folder.path());
  std::filesystem::remove(folder.path() / "blobs" / ToHex(crypto::Sha256(Amd().crl.Der())));
  EXPECT_EQ(VerifyWith(store, kTestNow).error().code(), ErrorCode::kUntrusted);
}

TEST(Lookup, VerifiesAReportThatBroughtNoCertificates) {
  const TestFolder folder;
  const auto verified = VerifyWith(FullStore(folder.path()), kTestNow);
  ASSERT_TRUE(verified) << verified.error().ToText();
  EXPECT_EQ(verified->revocation(), evidence::SnpRevocation::kChecked);
}

TEST(Lookup, FindsNoCertificateOfAnotherChipOrTcb) {
  const TestFolder folder;
  const Store store = FullStore(folder.path());
  evidence::SnpReport report = ReportOfTheChip();
  report.chip_id[0] ^= 1;
  EXPECT_FALSE(*VcekFor(store, report, kTestNow));
  report = ReportOfTheChip();
  report.reported_tcb[0] ^= 1;
  EXPECT_FALSE(*VcekFor(store, report, kTestNow));
}

TEST(Lookup, GivesWhatIntelsVerifierNeedsAndLeavesTheRestEmpty) {
  const TestFolder folder;
  const Store store = FullStore(folder.path());
  const std::array<std::uint8_t, 6> fmspc = {0x50, 0x80, 0x6F, 0, 0, 0};
  const auto all = *IntelCollateralOf(store, evidence::IntelTee::kTdx, fmspc, PckCa::kPlatform, kTestNow);
  EXPECT_FALSE(all.tcb_info.empty());
  EXPECT_FALSE(all.tcb_info_issuer_chain.empty());
  EXPECT_FALSE(all.qe_identity.empty());
  EXPECT_FALSE(all.root_crl.empty());
  EXPECT_FALSE(all.pck_crl.empty());
  const auto none = *IntelCollateralOf(store, evidence::IntelTee::kSgx, fmspc, PckCa::kProcessor, kTestNow);
  EXPECT_TRUE(none.tcb_info.empty() && none.qe_identity.empty() && none.pck_crl.empty());
}

TEST(Lookup, VerifiesAQuoteWithWhatItsPlatformNeeds) {
  const evidence::SimulatedIntelPlatform& platform = evidence::TestIntel();
  const auto anchors = evidence::AnchorsNaming(platform);
  const TestFolder folder;
  const Store store = StoreOf(folder.path(), anchors, TdItemsOf(platform));
  const Bytes quote = evidence::TdQuote(platform);
  const auto found = IntelCollateralFor(store, *evidence::ParseIntelQuote(quote), kTestNow);
  ASSERT_TRUE(found) << found.error().ToText();
  const auto verified = evidence::VerifyTd(platform, quote, *found);
  ASSERT_TRUE(verified) << verified.error().ToText();
  EXPECT_TRUE(verified->platform().revocation_checked());
  // An enclave of the same platform finds nothing that is meant for TDs.
  const Bytes enclave = platform.Quote(platform.Enclave(evidence::IntelNonce()), 3);
  EXPECT_TRUE(IntelCollateralFor(store, *evidence::ParseIntelQuote(enclave), kTestNow)->tcb_info.empty());
}

TEST(Lookup, ComparesAGpuWithTheManifestsOfItsVersionsAlone) {
  const evidence::SimulatedNvidia& vendor = evidence::TestNvidia();
  const auto architecture = evidence::NvidiaArchitecture::kHopper;
  std::vector<Item> items;
  evidence::NvidiaRim other = vendor.DriverRim(architecture);
  other.version = "999.99";
  for (const evidence::NvidiaRim& rim : {vendor.DriverRim(architecture), vendor.VbiosRim(architecture), other}) {
    items.push_back({Kind::kNvidiaRim, "NV_GPU_SIMULATED_" + rim.version, vendor.SignRim(rim), {}, "test"});
  }
  const TestFolder folder;
  const Store store = StoreOf(folder.path(), vendor.Trusted(), std::move(items));
  const auto device = evidence::TestGpu().Evidence(evidence::TestNvidiaNonce());
  const auto found = NvidiaCollateralFor(store, std::span(&device, 1), kTestNow);
  ASSERT_TRUE(found) << found.error().ToText();
  EXPECT_EQ(found->rims.size(), 2u);
  evidence::NvidiaExpectations expected = evidence::NvidiaEverything();
  expected.revocation = evidence::NvidiaRevocation::kNotChecked;
  const auto verified = evidence::VerifyNvidia(device, *found, vendor.Trusted(), expected, kTestNow);
  ASSERT_TRUE(verified) << verified.error().ToText();
  EXPECT_TRUE(verified->comparison().has_value());
}

}  // namespace
}  // namespace cloister::collateral

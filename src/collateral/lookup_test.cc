#include "collateral/lookup.h"

#include "collateral/testing.h"

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

}  // namespace
}  // namespace cloister::collateral

#include "evidence/azure/verify.h"

#include <gtest/gtest.h>

#include "evidence/azure/testing.h"

namespace cloister::evidence {
namespace {

using formats::Json;

AzureSnpEvidence OnSnp() { return TestAzure().OnSnp(TestProcessor(), TpmTestNonce()); }
AzureTdxEvidence OnTdx() { return TestAzure().OnTdx(TestIntel(), TpmTestNonce()); }

// The report's end: behind it only padding, which has to be zeros.
std::size_t UsedBytes(const Bytes& hcl_report) {
  std::size_t used = hcl_report.size();
  while (hcl_report[used - 1] == 0) --used;
  return used;
}

TEST(AzureSnp, RefusesEachFlippedByte) {
  const AzureSnpEvidence good = OnSnp();
  ASSERT_TRUE(VerifySnpMachine(good)) << VerifySnpMachine(good).error().ToText();
  for (std::size_t at = 0; at < good.hcl_report.size(); at += 3) {
    AzureSnpEvidence bad = good;
    bad.hcl_report[at] ^= 1;
    EXPECT_FALSE(VerifySnpMachine(bad)) << at;
  }
}

TEST(AzureSnp, RefusesEachLengthButWithMoreOrLessPadding) {
  const AzureSnpEvidence good = OnSnp();
  const std::size_t used = UsedBytes(good.hcl_report);
  for (std::size_t size = 0; size <= used + 8; size += size + 40 < used ? 37 : 1) {
    AzureSnpEvidence bad = good;
    bad.hcl_report.resize(size);
    EXPECT_EQ(VerifySnpMachine(bad).has_value(), size >= used) << size;
  }
}

TEST(AzureTdx, RefusesEachFlippedByteOrChangesNothingSigned) {
  const AzureTdxEvidence good = OnTdx();
  const auto verified = VerifyTdxMachine(good);
  ASSERT_TRUE(verified) << verified.error().ToText();
  const Json claims = verified->Claims();
  for (std::size_t at = 0; at < good.hcl_report.size(); at += 7) {
    AzureTdxEvidence bad = good;
    bad.hcl_report[at] ^= 1;
    const auto changed = VerifyTdxMachine(bad);
    const bool td_report = at >= 32 && at < 32 + kTdReportStructSize;  // which is not looked at
    EXPECT_EQ(changed.has_value(), td_report) << at;
    if (!changed) continue;
    EXPECT_EQ(changed->Claims(), claims) << at;
  }
}

// A host that has a machine of its own could put its own report beside another machine's TPM.
TEST(AzurePitfalls, RefusesAKeyThatIsNotBoundToTheHardwaresReport) {
  const auto other = SimulatedAzureMachine::Make(SimulatedTpm::Make(crypto::SignatureAlgorithm::kRs256), TpmTestNonce());
  AzureSnpEvidence evidence = OnSnp();
  evidence.quote = other.tpm.Quote(TpmTestNonce());
  EXPECT_EQ(TpmCode(VerifySnpMachine(evidence)), "untrusted");
  // The same, with the other key written into the runtime data.
  auto report = *ParseHclReport(evidence.hcl_report);
  report.runtime_data = other.RuntimeBytes();
  evidence.hcl_report = SerializeHclReport(report, 2600);
  EXPECT_EQ(TpmCode(VerifySnpMachine(evidence)), "mismatch");
}

TEST(AzurePitfalls, RefusesReportDataWithMoreThanTheDigest) {
  for (const std::size_t at : {32u, 63u}) {
    auto report_data = HclReportData(TestAzure().RuntimeBytes());
    report_data[at] = 1;
    AzureSnpEvidence evidence = OnSnp();
    auto report = *ParseHclReport(evidence.hcl_report);
    report.tee_report = TestProcessor().Sign(TestProcessor().Report({}, report_data, 0));
    evidence.hcl_report = SerializeHclReport(report, 2600);
    EXPECT_EQ(TpmCode(VerifySnpMachine(evidence)), "mismatch");
    AzureTdxEvidence on_tdx = OnTdx();
    on_tdx.td_quote = TestIntel().Quote(TestIntel().Td(report_data), 4);
    EXPECT_EQ(TpmCode(VerifyTdxMachine(on_tdx)), "mismatch");
  }
}

// What stands in the HCL report of a TDX machine is a TDREPORT, which only its own machine can check.
TEST(AzurePitfalls, TakesReportDataFromTheTdQuoteNotFromTheTdReport) {
  AzureTdxEvidence evidence = OnTdx();
  auto report = *ParseHclReport(evidence.hcl_report);
  const auto right = HclReportData(report.runtime_data);
  std::ranges::copy(right, report.tee_report.begin() + 128);  // REPORTMACSTRUCT.reportdata
  evidence.hcl_report = SerializeHclReport(report, 2600);
  evidence.td_quote = TestIntel().Quote(TestIntel().Td({}), 4);
  EXPECT_EQ(TpmCode(VerifyTdxMachine(evidence)), "mismatch");
}

TEST(AzurePitfalls, RefusesAReportThatTheGuestItselfAskedFor) {
  EXPECT_EQ(TpmCode(VerifySnpMachine(TestAzure().OnSnp(TestProcessor(), TpmTestNonce(), 2))), "mismatch");
}

TEST(AzurePitfalls, RefusesOneTeesReportForTheOther) {
  AzureSnpEvidence on_snp = OnSnp();
  on_snp.hcl_report = OnTdx().hcl_report;
  EXPECT_EQ(TpmCode(VerifySnpMachine(on_snp)), "mismatch");
  AzureTdxEvidence on_tdx = OnTdx();
  on_tdx.hcl_report = OnSnp().hcl_report;
  EXPECT_EQ(TpmCode(VerifyTdxMachine(on_tdx)), "mismatch");
}

TEST(AzurePitfalls, RefusesUserDataThatAreNotTheNonceWhereTheyHaveToBe) {
  const auto machine = SimulatedAzureMachine::Make(WithKey(crypto::SignatureAlgorithm::kRs256), Bytes(32, 1));
  const AzureSnpEvidence evidence = machine.OnSnp(TestProcessor(), TpmTestNonce());
  EXPECT_EQ(TpmCode(VerifySnpMachine(evidence)), "mismatch");
  AzureExpectations expected = ExpectingAzure();
  expected.user_data = AzureUserData::kAnyOrNone;
  EXPECT_TRUE(VerifySnpMachine(evidence, expected));
}

TEST(AzurePitfalls, RefusesAnOldQuoteOfTheSameMachine) {
  AzureSnpEvidence evidence = OnSnp();
  evidence.quote = TestAzure().tpm.Quote(Bytes(32, 1));
  EXPECT_EQ(TpmCode(VerifySnpMachine(evidence)), "mismatch");
}

// Trustee compares the chip's id only where the certificate's common name is "VCEK"; AMD's say "SEV-VCEK".
TEST(TrusteeDefects, Defect1_TheChipIdIsComparedWhateverTheCertificateIsCalled) {
  AzureSnpEvidence evidence = OnSnp();
  auto report = *ParseHclReport(evidence.hcl_report);
  SnpReport of_other_chip = TestProcessor().Report({}, HclReportData(report.runtime_data), 0);
  of_other_chip.chip_id[0] ^= 1;
  report.tee_report = TestProcessor().Sign(of_other_chip);
  evidence.hcl_report = SerializeHclReport(report, 2600);
  EXPECT_EQ(TpmCode(VerifySnpMachine(evidence)), "mismatch");
  // Nor is an id of zeros taken, which a host may ask for.
  of_other_chip.chip_id = {};
  of_other_chip.chip_key_masked = true;
  report.tee_report = TestProcessor().Sign(of_other_chip);
  evidence.hcl_report = SerializeHclReport(report, 2600);
  EXPECT_EQ(TpmCode(VerifySnpMachine(evidence)), "mismatch");
}

TEST(TrusteeDefects, Defect3_InitDataAreComparedOnAzureToo) {
  SimulatedTpm tpm = WithKey(crypto::SignatureAlgorithm::kRs256);
  const crypto::Sha256Digest digest = crypto::Sha256(AsBytes("init-data"));
  tpm.Extend(8, digest);
  const auto machine = SimulatedAzureMachine::Make(std::move(tpm), TpmTestNonce());
  AzureExpectations expected = ExpectingAzure();
  expected.tpm.init_data = *ExpectedTpmInitData::Exactly(digest);
  const auto verified = VerifyTdxMachine(machine.OnTdx(TestIntel(), TpmTestNonce()), expected);
  ASSERT_TRUE(verified) << verified.error().ToText();
  EXPECT_EQ(*verified->Claims().GetString("init_data"), ToHex(TpmInitDataPcr(digest)));
  EXPECT_EQ(TpmCode(VerifyTdxMachine(OnTdx(), expected)), "mismatch");
}

TEST(AzureSnp, SaysWhatItShowed) {
  const Json claims = VerifySnpMachine(OnSnp())->Claims();
  EXPECT_EQ(*claims.GetString("tee"), "az-snp-vtpm");
  EXPECT_EQ(*claims.GetString("report_data"), ToHex(TpmTestNonce()));
  EXPECT_EQ(claims.GetString("measurement")->substr(0, 4), "acac");
  EXPECT_EQ(*claims.Find("tpm")->GetString("pcr11"), *claims.GetString("pcr11"));
  EXPECT_TRUE(*claims.GetBool("secure_boot"));
  EXPECT_TRUE(*claims.GetBool("simulated"));
  EXPECT_EQ(claims.GetString("user_data")->substr(0, 4), "5a5a");
}

TEST(HclRuntimeData, RefusesOtherKeysThanOneThatSigns) {
  const Json good = TestAzure().runtime_data;
  const auto code = [](const Json& json) { return TpmCode(ParseHclRuntimeData(AsBytes(json.Dump()))); };
  const auto with_key = [&](const char* member, Json value) {
    Json key = (**good.GetArray("keys"))[0];
    key.Set(member, std::move(value));
    Json changed = good;
    changed.Set("keys", Json::Array{std::move(key)});
    return changed;
  };
  EXPECT_EQ(code(good), "accepted");
  EXPECT_EQ(code(with_key("kid", "HCLEkPub")), "malformed");
  EXPECT_EQ(code(with_key("kty", "EC")), "unsupported");
  EXPECT_EQ(code(with_key("key_ops", Json::Array{"encrypt"})), "unsupported");
  EXPECT_EQ(code(with_key("n", "AQAB")), "unsupported");
  Json twice = good;
  const Json key = (**good.GetArray("keys"))[0];
  twice.Set("keys", Json::Array{key, key});
  EXPECT_EQ(code(twice), "malformed");
  twice.Set("keys", Json::Array(9, key));
  EXPECT_EQ(code(twice), "limit");
  Json short_data = good;
  short_data.Set("user-data", "00");
  EXPECT_EQ(code(short_data), "malformed");
}

}  // namespace
}  // namespace cloister::evidence

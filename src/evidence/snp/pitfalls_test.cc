// Known ways to verify SNP evidence wrongly, each refused (docs/pitfalls.md).
#include <gtest/gtest.h>

#include "evidence/kbs.h"
#include "evidence/snp/test_reports.h"

namespace cloister::evidence {
namespace {

using crypto::SystemRandom;

TEST(SnpPitfalls, BigEndianSignatureNumbers) {
  SnpReport report = *ParseSnpReport(TestProcessor().Sign(GoodReport()));
  std::reverse(report.signature_r.begin(), report.signature_r.end());
  std::reverse(report.signature_s.begin(), report.signature_s.end());
  const auto verified = Verify({SerializeSnpReport(report), TestProcessor().Certificates()});
  EXPECT_EQ(verified.error().code(), ErrorCode::kUntrusted);
}

TEST(SnpPitfalls, OnlyTheLeafIsVerified) {
  // A VCEK of the attacker's own ASK, with the true ARK beside it; then the attacker's VCEK under the true ASK.
  const auto other = *SimulatedSnpProcessor::Make(TestOptions(), SystemRandom());
  SnpEvidence evidence = EvidenceOf(other, GoodReport(other));
  evidence.certificates = {{SnpCertificateType::kVcek, other.vcek.Der()},
                           {SnpCertificateType::kAsk, other.ask.Der()},
                           {SnpCertificateType::kArk, TestProcessor().ark.Der()}};
  EXPECT_EQ(Verify(evidence).error().code(), ErrorCode::kUntrusted);
  evidence.certificates[1].der = TestProcessor().ask.Der();
  EXPECT_FALSE(Verify(evidence));
}

TEST(SnpPitfalls, ArkOfTheCertificateTableAsTrustAnchor) {
  const SnpEvidence evidence = EvidenceOf(TestProcessor(), GoodReport());
  const auto verified = VerifySnp(evidence, {}, TrustAnchors::Vendors(), Expecting(TestNonce()), kTestNow);
  EXPECT_EQ(verified.error().code(), ErrorCode::kUntrusted);
}

TEST(SnpPitfalls, ChainOfTheSameNamesUnderAnotherRoot) {
  const auto other = *SimulatedSnpProcessor::Make(TestOptions(), SystemRandom());
  EXPECT_EQ(Verify(EvidenceOf(other, GoodReport(other))).error().code(), ErrorCode::kUntrusted);
  // With the true ARK in the verifier's own hands, the look-alike ASK does not lead to it.
  const SnpCollateral own{{{SnpCertificateType::kArk, TestProcessor().ark.Der()}}};
  const auto verified = VerifySnp(EvidenceOf(other, GoodReport(other)), own, AnchorsNaming(TestProcessor()),
                                  Expecting(TestNonce()), kTestNow);
  EXPECT_EQ(verified.error().code(), ErrorCode::kUntrusted);
}

TEST(SnpPitfalls, GenoaVcekUnderTheMilanAsk) {
  if (!HaveVectors()) GTEST_SKIP() << "needs the shared vectors";
  RealCase mixed = Milan();
  mixed.evidence = {.report = Vector("snp/genoa-v3-azure/report.bin"),
                    .certificates = {{SnpCertificateType::kVcek, Vector("snp/genoa-v3-azure/vcek.der")}}};
  EXPECT_EQ(VerifyReal(mixed).error().code(), ErrorCode::kNotFound);
}

TEST(SnpPitfalls, TcbThatIsNotExactlyTheCertificates) {
  for (const std::size_t part : {0u, 1u, 6u, 7u}) {
    for (const int step : {-1, 1}) {
      SnpReport report = GoodReport();
      report.reported_tcb[part] = static_cast<std::uint8_t>(report.reported_tcb[part] + step);
      EXPECT_EQ(CodeOfSigned(report), ErrorCode::kMismatch) << part;
    }
  }
  SnpReport report = GoodReport();
  report.reported_tcb[3] = 1;
  EXPECT_EQ(CodeOfSigned(report), ErrorCode::kMalformed);
}

TEST(SnpPitfalls, VmplThatNobodyLooksAt) {
  SnpReport report = GoodReport();
  SnpExpectations any = Expecting(TestNonce());
  any.vmpl = SnpVmpl::kAnyGuestLevel;
  for (const std::uint32_t vmpl : {1u, 2u, 3u}) {
    report.vmpl = vmpl;
    EXPECT_EQ(CodeOfSigned(report), ErrorCode::kMismatch);
    EXPECT_TRUE(VerifySnp(EvidenceOf(TestProcessor(), report), {}, AnchorsNaming(TestProcessor()), any, kTestNow));
  }
}

TEST(SnpPitfalls, HostGeneratedReport) {
  SnpReport report = GoodReport();
  report.vmpl = kSnpHostVmpl;
  EXPECT_EQ(CodeOfSigned(report), ErrorCode::kMismatch);
  SnpExpectations any = Expecting(TestNonce());
  any.vmpl = SnpVmpl::kAnyGuestLevel;
  EXPECT_FALSE(VerifySnp(EvidenceOf(TestProcessor(), report), {}, AnchorsNaming(TestProcessor()), any, kTestNow));
}

TEST(SnpPitfalls, ZeroCpuidOfVersion2TakenForAFamily) {
  SnpReport report = GoodReport();
  report.cpuid = SnpCpuid{};  // version 3, which has a CPUID, with zeros there
  EXPECT_EQ(CodeOfSigned(report), ErrorCode::kUnsupported);
  // A version 2 report has none: its line is the certificate's.
  report.version = 2;
  report.cpuid.reset();
  EXPECT_EQ(Verify(EvidenceOf(TestProcessor(), report))->product(), SnpProduct::kMilan);
}

TEST(SnpPitfalls, ReportOfAnotherKindOfKeyOrOfNone) {
  SnpReport report = GoodReport();
  report.signing_key = SnpSigningKey::kVlek;
  EXPECT_EQ(CodeOfSigned(report), ErrorCode::kMismatch);
  report.signing_key = SnpSigningKey::kNone;
  EXPECT_EQ(CodeOfSigned(report), ErrorCode::kUntrusted);
}

TEST(SnpPitfalls, TrailingBytes) {
  SnpEvidence evidence = EvidenceOf(TestProcessor(), GoodReport());
  evidence.report.push_back(0);
  EXPECT_EQ(Verify(evidence).error().code(), ErrorCode::kMalformed);
}

TEST(SnpPitfalls, SignatureNumbersOf384BitsOrMore) {
  for (const std::size_t offset : {0x2A0 + 48, 0x2A0 + 71, 0x2E8 + 48, 0x2E8 + 71}) {
    SnpEvidence evidence = EvidenceOf(TestProcessor(), GoodReport());
    evidence.report[offset] = 1;
    EXPECT_EQ(Verify(evidence).error().code(), ErrorCode::kMalformed) << offset;
  }
}

// What a broker expects is over the nonce that it chose and the key that will receive secrets.
TEST(SnpPitfalls, ReportDataThatBindsNeitherNonceNorKey) {
  const auto key = token::TeePrivateKey::Generate().Public();
  const auto signed_for = *KbsReportData("", "bm9uY2U=", key);
  const SnpEvidence evidence = EvidenceOf(TestProcessor(), TestProcessor().Report(SimulatedSnpGuest{}, signed_for, 0));
  const auto verify = [&](const std::array<std::uint8_t, 64>& expected) {
    return VerifySnp(evidence, {}, AnchorsNaming(TestProcessor()), Expecting(expected), kTestNow);
  };
  ASSERT_TRUE(verify(signed_for));
  EXPECT_EQ(verify(*KbsReportData("", "b3RoZXI=", key)).error().code(), ErrorCode::kMismatch);
  const auto other_key = token::TeePrivateKey::Generate().Public();
  EXPECT_EQ(verify(*KbsReportData("", "bm9uY2U=", other_key)).error().code(), ErrorCode::kMismatch);
  EXPECT_EQ(verify({}).error().code(), ErrorCode::kMismatch);
}

// As numbers of 64 bits, 25 of one part over 3 of another would be more than 24 over 4.
TEST(SnpPitfalls, TcbComparedAsOneNumber) {
  const SnpTcb low{.fmc = 0, .bootloader = 4, .tee = 0, .snp = 24, .microcode = 200};
  const SnpTcb mixed{.fmc = 0, .bootloader = 3, .tee = 0, .snp = 25, .microcode = 219};
  EXPECT_FALSE(mixed.AtLeast(low));
  EXPECT_FALSE(low.AtLeast(mixed));
  EXPECT_TRUE(low.AtLeast(low));
}

// Trustee's comparison stands behind "CN is VCEK", and no certificate of AMD's has that name.
TEST(TrusteeDefects, Defect1_ChipIdIsComparedWhateverTheCertificateIsCalled) {
  SnpReport report = GoodReport();
  report.chip_id[63] ^= 1;
  EXPECT_EQ(CodeOfSigned(report), ErrorCode::kMismatch);
  report.chip_id.fill(0);
  EXPECT_EQ(CodeOfSigned(report), ErrorCode::kMismatch);
  EXPECT_NE(TestProcessor().vcek.SubjectCommonName(), "VCEK");
  if (!HaveVectors()) return;
  const auto real = *crypto::Certificate::ParseDer(Vector("snp/milan-v3-cleanroom/vcek.der"));
  EXPECT_EQ(real.SubjectCommonName(), "SEV-VCEK");
}

}  // namespace
}  // namespace cloister::evidence

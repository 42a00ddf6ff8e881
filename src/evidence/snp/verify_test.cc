#include "evidence/snp/verify.h"

#include <gtest/gtest.h>

#include "evidence/snp/test_reports.h"

namespace cloister::evidence {
namespace {

using crypto::SystemRandom;

TEST(SnpVerify, RefusesARealReportWithAnySignedByteChanged) {
  if (!HaveVectors()) GTEST_SKIP() << "needs the shared vectors";
  const RealCase real = Milan();
  ASSERT_TRUE(VerifyReal(real)) << VerifyReal(real).error().ToText();
  for (std::size_t i = 0; i < kSnpSignedSize; ++i) {
    RealCase changed = real;
    changed.evidence.report[i] ^= static_cast<std::uint8_t>(1 << (i % 8));
    EXPECT_FALSE(VerifyReal(changed)) << i;
  }
}

TEST(SnpVerify, RefusesARealReportWithAnySignatureByteChanged) {
  if (!HaveVectors()) GTEST_SKIP() << "needs the shared vectors";
  const RealCase real = Milan();
  for (std::size_t i = kSnpSignedSize; i < kSnpReportSize; i += i < 0x330 ? 1 : 23) {
    RealCase changed = real;
    changed.evidence.report[i] ^= 0x80;
    EXPECT_FALSE(VerifyReal(changed)) << i;
  }
}

TEST(SnpVerify, TakesAMaskedChipIdOnlyWhereThatIsSaid) {
  SnpReport report = GoodReport();
  report.chip_id.fill(0);
  report.chip_key_masked = true;
  EXPECT_EQ(CodeOfSigned(report), ErrorCode::kMismatch);
  SnpExpectations expected = Expecting(TestNonce());
  expected.chip_id = SnpChipId::kMayBeMasked;
  const SnpEvidence evidence = EvidenceOf(TestProcessor(), report);
  EXPECT_TRUE(VerifySnp(evidence, {}, AnchorsNaming(TestProcessor()), expected, kTestNow));
}

TEST(SnpVerify, RefusesAnotherNonceOrInitData) {
  SnpReport report = GoodReport();
  report.report_data[63] ^= 1;
  EXPECT_EQ(CodeOfSigned(report), ErrorCode::kMismatch);
  SnpExpectations expected = Expecting(TestNonce());
  expected.host_data = ExpectedHostData::Exactly({1});
  const auto verified = VerifySnp(EvidenceOf(TestProcessor(), GoodReport()), {}, AnchorsNaming(TestProcessor()), expected,
                                  kTestNow);
  EXPECT_EQ(verified.error().code(), ErrorCode::kMismatch);
}

TEST(SnpVerify, RefusesAReportOfAnotherLine) {
  SnpReport report = GoodReport();
  report.cpuid = SnpCpuid{.family = 0x19, .model = 0x11, .stepping = 1};
  EXPECT_EQ(CodeOfSigned(report), ErrorCode::kMismatch);
}

TEST(SnpVerify, RefusesExpiredCertificates) {
  const SnpEvidence evidence = EvidenceOf(TestProcessor(), GoodReport());
  EXPECT_TRUE(Verify(evidence, TestProcessor(), TestOptions().vcek_not_after - Seconds(1)));
  EXPECT_EQ(Verify(evidence, TestProcessor(), TestOptions().vcek_not_after + Seconds(1)).error().code(),
            ErrorCode::kExpired);
  EXPECT_EQ(Verify(evidence, TestProcessor(), TestOptions().not_before - Seconds(1)).error().code(),
            ErrorCode::kExpired);
}

TEST(SnpVerify, RefusesAnExpiredVlek) {
  if (!HaveVectors()) GTEST_SKIP() << "needs the shared vectors";
  const RealCase vlek = {{.report = Vector("snp/milan-v3-vlek/report.bin"),
                          .certificates = {{SnpCertificateType::kVlek, Vector("snp/milan-v3-vlek/vlek.der")}}},
                         {{{SnpCertificateType::kAsk, Vector("_common/amd_sev_vlek_milan.der")},
                           {SnpCertificateType::kArk, Vector("_common/amd_ark_milan.der")}}}};
  EXPECT_EQ(VerifyReal(vlek).error().code(), ErrorCode::kExpired);
}

TEST(SnpVerify, RefusesARevokedAsk) {
  SimulatedSnpOptions options = TestOptions();
  options.revoke_ask = true;
  const auto revoked = *SimulatedSnpProcessor::Make(options, SystemRandom());
  EXPECT_EQ(Verify(EvidenceOf(revoked, GoodReport(revoked)), revoked).error().code(), ErrorCode::kRevoked);
}

TEST(SnpVerify, RefusesAnExpiredOrForeignRevocationList) {
  if (!HaveVectors()) GTEST_SKIP() << "needs the shared vectors";
  const RealCase real = Milan();
  EXPECT_EQ(VerifyReal(real, *FromRfc3339("2026-05-13T00:00:00Z")).error().code(), ErrorCode::kExpired);
  const auto other = *SimulatedSnpProcessor::Make(TestOptions(), SystemRandom());
  const SnpCollateral foreign{{{SnpCertificateType::kCrl, other.crl.Der()}}};
  const auto verified = VerifySnp(EvidenceOf(TestProcessor(), GoodReport()), foreign, AnchorsNaming(TestProcessor()),
                                  Expecting(TestNonce()), kTestNow);
  EXPECT_EQ(verified.error().code(), ErrorCode::kUntrusted);
}

TEST(SnpVerify, SaysWhetherRevocationWasChecked) {
  EXPECT_EQ(Verify(EvidenceOf(TestProcessor(), GoodReport()))->revocation(), SnpRevocation::kChecked);
  SnpEvidence without = EvidenceOf(TestProcessor(), GoodReport());
  without.certificates.pop_back();
  const auto verified = Verify(without);
  EXPECT_EQ(verified->revocation(), SnpRevocation::kNotChecked);
  EXPECT_EQ(*verified->Claims().GetString("revocation"), "not_checked");
}

TEST(SnpVerify, RefusesMissingCertificates) {
  for (std::size_t missing = 0; missing < 3; ++missing) {
    SnpEvidence evidence = EvidenceOf(TestProcessor(), GoodReport());
    evidence.certificates.erase(evidence.certificates.begin() + static_cast<std::ptrdiff_t>(missing));
    EXPECT_EQ(Verify(evidence).error().code(), ErrorCode::kNotFound) << missing;
  }
}

TEST(SnpVerify, SaysInItsClaimsThatTheRootIsSimulated) {
  SimulatedSnpGuest guest;
  guest.policy.bits |= 1u << 19;
  const auto verified = Verify(EvidenceOf(TestProcessor(), TestProcessor().Report(guest, TestNonce(), 0)));
  ASSERT_TRUE(verified) << verified.error().ToText();
  const formats::Json claims = verified->Claims();
  EXPECT_TRUE(*claims.GetBool("simulated"));
  EXPECT_EQ(*claims.GetString("root_sha256"), ToHex(TestProcessor().ark.Fingerprint()));
  EXPECT_TRUE(*claims.GetBool("policy_debug_allowed"));
  EXPECT_EQ(*claims.GetInt("reported_tcb_snp"), 24);
  EXPECT_EQ(*claims.GetString("report_data"), ToHex(TestNonce()));
}

TEST(SnpVerify, TakesSimulatedGenoaAndTurin) {
  for (const SnpProduct product : {SnpProduct::kGenoa, SnpProduct::kTurin}) {
    SimulatedSnpOptions options = TestOptions();
    options.product = product;
    options.tcb.fmc = product == SnpProduct::kTurin ? 1 : 0;
    const auto processor = *SimulatedSnpProcessor::Make(options, SystemRandom());
    const auto verified = Verify(EvidenceOf(processor, GoodReport(processor)), processor);
    ASSERT_TRUE(verified) << verified.error().ToText();
    EXPECT_EQ(verified->product(), product);
  }
}

TEST(TrustAnchors, TakeASimulatedRootOnlyIfThePolicyNamesIt) {
  const SimulatedAnchors anchors = *SimulatedAnchors::Parse(TestProcessor().Anchors().ToJson());
  const TrustAnchors unnamed = *TrustAnchors::VendorsAndSimulated(anchors, {});
  EXPECT_EQ(unnamed.FindSnp(TestProcessor().ark).error().code(), ErrorCode::kUntrusted);
  EXPECT_TRUE(AnchorsNaming(TestProcessor()).FindSnp(TestProcessor().ark)->simulated);
  const crypto::Sha256Digest unknown[] = {crypto::Sha256Digest{}};
  EXPECT_EQ(TrustAnchors::VendorsAndSimulated(anchors, unknown).error().code(), ErrorCode::kNotFound);
}

TEST(SimulatedAnchors, RefuseFilesThatDoNotSaySimulated) {
  std::string text = TestProcessor().Anchors().ToJson();
  text.replace(text.find("true"), 4, "false");
  EXPECT_EQ(SimulatedAnchors::Parse(text).error().code(), ErrorCode::kMalformed);
  if (!HaveVectors()) return;
  SimulatedAnchors anchors;
  const auto real = *crypto::Certificate::ParseDer(Vector("_common/amd_ark_milan.der"));
  EXPECT_EQ(anchors.Add({SnpProduct::kMilan, real}).error().code(), ErrorCode::kUntrusted);
}

TEST(TrustAnchors, PinnedRootsAreAmds) {
  if (!HaveVectors()) GTEST_SKIP() << "needs the shared vectors";
  for (const auto& [file, product] : {std::pair{"milan", SnpProduct::kMilan}, {"genoa", SnpProduct::kGenoa},
                                      {"turin", SnpProduct::kTurin}}) {
    const auto ark = *crypto::Certificate::ParseDer(Vector("_common/amd_ark_" + std::string(file) + ".der"));
    const auto root = TrustAnchors::Vendors().FindSnp(ark);
    ASSERT_TRUE(root);
    EXPECT_EQ(root->product, product);
    EXPECT_EQ(root->name, ark.SubjectCommonName());
    EXPECT_FALSE(root->simulated);
  }
}

}  // namespace
}  // namespace cloister::evidence

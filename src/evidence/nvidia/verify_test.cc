#include "evidence/nvidia/verify.h"

#include "evidence/nvidia/testing.h"

namespace cloister::evidence {
namespace {

Result<VerifiedNvidiaDevice> Verify(const NvidiaEvidence& evidence, const NvidiaExpectations& expected = NvidiaEverything(),
                                    Time at = kTestNow) {
  return VerifyNvidia(evidence, TestGpuCollateral(), TestNvidia().Trusted(), expected, at);
}

NvidiaEvidence Evidence() { return TestGpu().Evidence(TestNvidiaNonce()); }

TEST(VerifyNvidia, TakesEveryLineWithManifestsAndAnswers) {
  for (const auto architecture : {NvidiaArchitecture::kHopper, NvidiaArchitecture::kBlackwell, NvidiaArchitecture::kLs10}) {
    const auto device = NewNvidiaDevice(architecture);
    const auto verified = VerifyNvidia(device.Evidence(TestNvidiaNonce()), TestNvidia().Collateral({&device, 1}),
                                       TestNvidia().Trusted(), NvidiaEverything(), kTestNow);
    ASSERT_TRUE(verified.has_value()) << verified.error().ToText();
    const auto claims = verified->Claims();
    EXPECT_EQ(*claims.GetString("tee"), IsNvidiaSwitch(architecture) ? "nvidia-switch" : "nvidia-gpu");
    EXPECT_EQ(*claims.GetString("measurement"), ToHex(device.fwid));
    EXPECT_EQ(*claims.GetString("report_data"), ToHex(TestNvidiaNonce()));
    EXPECT_EQ(*claims.GetString("revocation"), "checked");
    EXPECT_EQ(*claims.GetString("collateral_expires"), ToRfc3339(kTestNow + std::chrono::days(30)));
    EXPECT_TRUE(*claims.GetBool("measurements_compared"));
    EXPECT_TRUE(*claims.GetBool("simulated"));
    EXPECT_EQ(*claims.GetString("hardware_id"), ToHex(device.chain[1].Serial()));
  }
}

TEST(VerifyNvidia, SaysWhatWasNotChecked) {
  const auto verified = Verify(Evidence(), NvidiaReportOnly());
  ASSERT_TRUE(verified.has_value()) << verified.error().ToText();
  const auto claims = verified->Claims();
  EXPECT_EQ(*claims.GetString("revocation"), "not_checked");
  EXPECT_FALSE(*claims.GetBool("measurements_compared"));
  EXPECT_EQ(claims.Find("rim_driver_version"), nullptr);
  EXPECT_EQ(claims.Find("collateral_expires"), nullptr);
}

TEST(VerifyNvidia, RefusesEveryFlippedByteOfTheReport) {
  const NvidiaEvidence evidence = Evidence();
  NvidiaVerifiedCache cache(8);
  for (std::size_t i = 0; i < evidence.report.size(); i += 7) {
    NvidiaEvidence changed = evidence;
    changed.report[i] ^= 0x10;
    const auto verified =
        VerifyNvidia(changed, {}, TestNvidia().Trusted(), NvidiaReportOnly(), kTestNow, cache);
    EXPECT_FALSE(verified.has_value()) << i;
  }
}

TEST(VerifyNvidia, RefusesEveryFlippedByteOfTheCertificates) {
  const NvidiaEvidence evidence = Evidence();
  for (std::size_t i = 0; i < evidence.certificates.size(); i += 29) {
    NvidiaEvidence changed = evidence;
    changed.certificates[i] = static_cast<char>(changed.certificates[i] ^ 0x04);
    EXPECT_FALSE(Verify(changed, NvidiaReportOnly()).has_value()) << i;
  }
}

TEST(VerifyNvidia, RefusesAReplayedNonce) {
  NvidiaExpectations expected = NvidiaReportOnly();
  expected.nonce[31] ^= 1;
  EXPECT_EQ(RefusalOf(Verify(Evidence(), expected)), ErrorCode::kMismatch);
}

TEST(VerifyNvidia, RefusesTheResponsesNonceInPlaceOfTheRequests) {
  NvidiaExpectations expected = NvidiaReportOnly();
  expected.nonce = TestGpu().Report(TestNvidiaNonce()).response_nonce;
  EXPECT_EQ(RefusalOf(Verify(Evidence(), expected)), ErrorCode::kMismatch);
}

TEST(VerifyNvidia, RefusesAnotherDevicesKey) {
  const auto other = NewNvidiaDevice();
  NvidiaEvidence mixed = Evidence();
  mixed.certificates = other.Evidence(TestNvidiaNonce()).certificates;
  EXPECT_EQ(RefusalOf(Verify(mixed, NvidiaReportOnly())), ErrorCode::kUntrusted);
}

TEST(VerifyNvidia, RefusesChainsOfAnotherLengthOrOrder) {
  const auto refuse = [](std::vector<crypto::Certificate> chain) {
    NvidiaEvidence evidence = Evidence();
    evidence.certificates.clear();
    for (const auto& certificate : chain) evidence.certificates += certificate.Pem();
    return RefusalOf(Verify(evidence, NvidiaReportOnly()));
  };
  const auto& chain = TestGpu().chain;
  EXPECT_EQ(refuse({chain[0], chain[1], chain[2], chain[3]}), ErrorCode::kUnsupported);
  EXPECT_EQ(refuse({chain[1], chain[0], chain[2], chain[3], chain[4]}), ErrorCode::kUntrusted);
  EXPECT_EQ(refuse({chain[0], chain[1], chain[3], chain[2], chain[4]}), ErrorCode::kUntrusted);
  EXPECT_EQ(refuse({chain[4], chain[4], chain[4], chain[4], chain[4]}), ErrorCode::kUntrusted);
}

TEST(VerifyNvidia, RefusesSimulatedDevicesByDefault) {
  const auto verified =
      VerifyNvidia(Evidence(), TestGpuCollateral(), TrustAnchors::Vendors(), NvidiaReportOnly(), kTestNow);
  EXPECT_EQ(RefusalOf(verified), ErrorCode::kUntrusted);
}

TEST(VerifyNvidia, RefusesBeforeTheCertificatesAreValid) {
  EXPECT_EQ(RefusalOf(Verify(Evidence(), NvidiaReportOnly(), kTestNow - std::chrono::days(31))), ErrorCode::kExpired);
}

TEST(VerifyNvidia, NeedsAnAnswerForEachCertificate) {
  for (std::size_t i = 0; i < TestGpuCollateral().ocsp.size(); ++i) {
    NvidiaCollateral collateral = TestGpuCollateral();
    collateral.ocsp.erase(collateral.ocsp.begin() + static_cast<std::ptrdiff_t>(i));
    const auto verified = VerifyNvidia(Evidence(), collateral, TestNvidia().Trusted(), NvidiaEverything(), kTestNow);
    EXPECT_EQ(RefusalOf(verified), ErrorCode::kNotFound) << i;
  }
}

TEST(VerifyNvidia, RefusesARevokedCertificateEvenIfAnotherAnswerIsGood) {
  std::vector<crypto::Certificate> checked(TestGpu().chain.begin() + 1, TestGpu().chain.end() - 1);
  checked.insert(checked.end(), TestNvidia().rim_chain().begin(), TestNvidia().rim_chain().end() - 1);
  for (const auto& certificate : checked) {
    crypto::OcspAnswer revoked = TestNvidia().Good();
    revoked.status = crypto::OcspStatus::kRevoked;
    revoked.reason = crypto::kCertificateHold;
    revoked.revoked_at = kTestNow - std::chrono::days(1);
    NvidiaCollateral collateral = TestGpuCollateral();
    collateral.ocsp.push_back({TestNvidia().Answer(certificate, revoked).Der(), std::nullopt});
    const auto verified = VerifyNvidia(Evidence(), collateral, TestNvidia().Trusted(), NvidiaEverything(), kTestNow);
    EXPECT_EQ(RefusalOf(verified), ErrorCode::kRevoked) << certificate.SubjectCommonName();
  }
}

TEST(VerifyNvidia, RefusesAnAnswerWithAnotherNonceThanWasSent) {
  NvidiaCollateral collateral = TestGpuCollateral();
  collateral.ocsp[0].nonce = Bytes(16, 1);
  const auto verified = VerifyNvidia(Evidence(), collateral, TestNvidia().Trusted(), NvidiaEverything(), kTestNow);
  EXPECT_EQ(RefusalOf(verified), ErrorCode::kMismatch);
}

TEST(VerifyNvidia, RefusesOldAnswersAndManifestsThoughTheyAreCached) {
  NvidiaVerifiedCache cache(16);
  const auto anchors = TestNvidia().Trusted();
  const PreparedNvidiaCollateral prepared(TestGpuCollateral());
  const auto at = [&](Time time) {
    return VerifyNvidia(Evidence(), prepared, anchors, NvidiaEverything(), time, cache);
  };
  ASSERT_TRUE(at(kTestNow).has_value());
  const std::size_t kept = cache.size();
  EXPECT_EQ(kept, 1u + 2u + TestGpuCollateral().ocsp.size());
  ASSERT_TRUE(at(kTestNow).has_value());
  EXPECT_EQ(cache.size(), kept);
  EXPECT_EQ(RefusalOf(at(kTestNow + std::chrono::days(31))), ErrorCode::kExpired);
  EXPECT_LT(cache.size(), kept);
  EXPECT_EQ(RefusalOf(at(kTestNow - std::chrono::days(31))), ErrorCode::kExpired);
}

TEST(VerifyNvidia, DoesNotTakeFromTheCacheWhatOtherAnchorsVerified) {
  NvidiaVerifiedCache cache(16);
  ASSERT_TRUE(
      VerifyNvidia(Evidence(), {}, TestNvidia().Trusted(), NvidiaReportOnly(), kTestNow, cache).has_value());
  EXPECT_EQ(RefusalOf(VerifyNvidia(Evidence(), {}, TrustAnchors::Vendors(), NvidiaReportOnly(), kTestNow, cache)),
            ErrorCode::kUntrusted);
}

TEST(VerifyNvidia, NeedsBothManifestsOfAGpu) {
  for (const std::size_t i : {0u, 1u}) {
    NvidiaCollateral collateral = TestGpuCollateral();
    collateral.rims.erase(collateral.rims.begin() + static_cast<std::ptrdiff_t>(i));
    const auto verified = VerifyNvidia(Evidence(), collateral, TestNvidia().Trusted(), NvidiaEverything(), kTestNow);
    EXPECT_EQ(RefusalOf(verified), ErrorCode::kNotFound);
  }
}

TEST(VerifyNvidia, RefusesMeasurementsThatNoAlternativeFits) {
  for (const std::size_t index : {0u, 7u, 12u, 21u, 34u, 36u, 40u}) {
    NvidiaReport report = TestGpu().Report(TestNvidiaNonce());
    report.measurements[index].value[47] ^= 1;
    EXPECT_EQ(RefusalOf(Verify(TestGpu().Evidence(report))), ErrorCode::kMismatch) << index;
  }
}

TEST(VerifyNvidia, RefusesVersionsThatTheManifestsAreNotFor) {
  auto device = NewNvidiaDevice();
  device.opaque.Set(NvidiaField::kDriverVersion, ToBytes("550.90.08"));
  const auto verified = VerifyNvidia(device.Evidence(TestNvidiaNonce()), TestNvidia().Collateral({&device, 1}),
                                     TestNvidia().Trusted(), NvidiaEverything(), kTestNow);
  EXPECT_EQ(RefusalOf(verified), ErrorCode::kNotFound);
}

}  // namespace
}  // namespace cloister::evidence

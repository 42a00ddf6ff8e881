// One test for each trap that is known of this evidence, named after it.
#include "evidence/nvidia/chain.h"
#include "evidence/nvidia/testing.h"

#include "crypto/x509_builder.h"

namespace cloister::evidence {
namespace {

Result<VerifiedNvidiaDevice> Verify(const NvidiaEvidence& evidence, const NvidiaCollateral& collateral,
                                    const NvidiaExpectations& expected = NvidiaEverything()) {
  return VerifyNvidia(evidence, collateral, TestNvidia().Trusted(), expected, kTestNow);
}

Result<VerifiedNvidiaRim> VerifyRim(const std::string& text) {
  return VerifyNvidiaRim(AsBytes(text), TestNvidia().Trusted(), kTestNow);
}

std::string SignedRim() { return std::string(AsText(TestNvidia().SignRim(TestNvidia().DriverRim(NvidiaArchitecture::kHopper)))); }

std::string Part(const std::string& text, std::string_view from, std::string_view to) {
  const std::size_t begin = text.find(from), end = text.find(to, begin);
  CHECK(begin != text.npos && end != text.npos);
  return text.substr(begin, end + to.size() - begin);
}

TEST(NvidiaPitfalls, AFieldThatIsThereTwiceDoesNotMaskTheFirst) {
  NvidiaReport report = TestGpu().Report(TestNvidiaNonce());
  report.opaque.Append(NvidiaField::kDriverVersion, ToBytes("999.99"));
  EXPECT_EQ(RefusalOf(Verify(TestGpu().Evidence(report), {}, NvidiaReportOnly())), ErrorCode::kMalformed);
}

TEST(NvidiaPitfalls, TwoGenuineManifestsOfOneVersionAreAConflict) {
  NvidiaCollateral collateral = TestGpuCollateral();
  NvidiaRim other = TestNvidia().VbiosRim(NvidiaArchitecture::kHopper);
  other.measurements.at(1).alternatives = {Bytes(48, 0x77)};
  collateral.rims.push_back(TestNvidia().SignRim(other));
  EXPECT_EQ(RefusalOf(Verify(TestGpu().Evidence(TestNvidiaNonce()), collateral)), ErrorCode::kConflict);
  // The same one twice is none.
  collateral.rims.back() = TestNvidia().SignRim(TestNvidia().VbiosRim(NvidiaArchitecture::kHopper));
  EXPECT_TRUE(Verify(TestGpu().Evidence(TestNvidiaNonce()), collateral).has_value());
}

TEST(NvidiaPitfalls, TheOtherGenuineVbiosManifestOf545DoesNotFit) {
  if (!HaveVectors()) GTEST_SKIP() << "needs the shared vectors";
  const std::string folder = "nvidia-gpu/neg-hopper-545.00-other-vbios-rim/";
  const Bytes raw = Vector(folder + "report.bin");
  const NvidiaEvidence evidence{NvidiaArchitecture::kHopper, raw, std::string(AsText(Vector(folder + "cert_chain.pem"))), ""};
  const NvidiaExpectations expected{.nonce = ParseNvidiaReport(raw)->nonce,
                                    .measurements = NvidiaMeasurements::kMustMatch,
                                    .revocation = NvidiaRevocation::kNotChecked};
  const auto verified = VerifyNvidia(evidence, {{Vector(folder + "driver_rim.xml"), Vector(folder + "vbios_rim.xml")}, {}},
                                     TrustAnchors::Vendors(), expected, *FromRfc3339("2024-06-01T00:00:00Z"));
  EXPECT_EQ(RefusalOf(verified), ErrorCode::kMismatch);
  EXPECT_NE(verified.error().message().find("1,2,3,9"), std::string::npos) << verified.error().ToText();
}

TEST(NvidiaPitfalls, DebugStateIsNotInTheReportSoNoClaimDeniesIt) {
  const auto verified = Verify(TestGpu().Evidence(TestNvidiaNonce()), TestGpuCollateral());
  ASSERT_TRUE(verified.has_value());
  EXPECT_EQ(verified->Claims().Find("debug"), nullptr);
  EXPECT_EQ(*verified->Claims().GetString("debug_state"), "not_in_report");
}

TEST(NvidiaPitfalls, TheRootsNotAfterOfYear9999IsTaken) {
  EXPECT_EQ(ToRfc3339(TestGpu().chain[4].NotAfter()), "9999-12-31T23:59:59Z");
  const auto chain = VerifiedNvidiaChain::Verify(TestGpu().chain, TestNvidia().Trusted(), *FromRfc3339("9000-01-01T00:00:00Z"));
  EXPECT_TRUE(chain.has_value());
}

TEST(NvidiaPitfalls, AFwidThatTheReportNamesMustBeTheLeafs) {
  auto device = NewNvidiaDevice();
  device.opaque.Set(NvidiaField::kFwid, Bytes(48, 1));
  EXPECT_EQ(RefusalOf(Verify(device.Evidence(TestNvidiaNonce()), {}, NvidiaReportOnly())), ErrorCode::kMismatch);
}

TEST(NvidiaPitfalls, AFwidIsSkippedOnlyWhereTheReportLacksIt) {
  NvidiaReport report = TestGpu().Report(TestNvidiaNonce());
  report.opaque.Remove(NvidiaField::kFwid);
  const auto verified = Verify(TestGpu().Evidence(report), {}, NvidiaReportOnly());
  ASSERT_TRUE(verified.has_value()) << verified.error().ToText();
  EXPECT_FALSE(*verified->Claims().GetBool("fwid_in_report"));
  EXPECT_EQ(*verified->Claims().GetString("measurement"), ToHex(TestGpu().fwid));
}

TEST(NvidiaPitfalls, ASwitchDoesNotStandInForAGpu) {
  const auto device = NewNvidiaDevice(NvidiaArchitecture::kLs10);
  NvidiaEvidence evidence = device.Evidence(TestNvidiaNonce());
  evidence.architecture = NvidiaArchitecture::kHopper;
  EXPECT_EQ(RefusalOf(Verify(evidence, {}, NvidiaReportOnly())), ErrorCode::kMismatch);
}

TEST(NvidiaPitfalls, AManifestForAnotherChipOfTheSameVersionIsNotUsed) {
  const auto device = NewNvidiaDevice(NvidiaArchitecture::kBlackwell);
  NvidiaCollateral collateral = TestNvidia().Collateral({&device, 1});
  collateral.rims = TestGpuCollateral().rims;  // same versions, for GH100
  EXPECT_EQ(RefusalOf(Verify(device.Evidence(TestNvidiaNonce()), collateral)), ErrorCode::kNotFound);
}

TEST(NvidiaPitfalls, DriverAndVbiosManifestsMustNotClaimOneIndex) {
  NvidiaRim vbios = TestNvidia().VbiosRim(NvidiaArchitecture::kHopper);
  vbios.measurements.at(7) = TestNvidia().DriverRim(NvidiaArchitecture::kHopper).measurements.at(7);
  NvidiaCollateral collateral = TestGpuCollateral();
  collateral.rims[1] = TestNvidia().SignRim(vbios);
  EXPECT_EQ(RefusalOf(Verify(TestGpu().Evidence(TestNvidiaNonce()), collateral)), ErrorCode::kConflict);
}

TEST(NvidiaPitfalls, Index35IsSkippedOnlyWhereNvdec0IsDisabled) {
  auto device = NewNvidiaDevice();
  NvidiaReport report = device.Report(TestNvidiaNonce());
  report.measurements[35].value = Bytes(48, 0);
  const NvidiaCollateral collateral = TestNvidia().Collateral({&device, 1});
  EXPECT_TRUE(Verify(device.Evidence(report), collateral).has_value());
  device.opaque.Set(NvidiaField::kNvdec0Status, Bytes{kNvidiaEnabled});
  report.opaque = device.opaque;
  EXPECT_EQ(RefusalOf(Verify(device.Evidence(report), collateral)), ErrorCode::kMismatch);
}

TEST(NvidiaPitfalls, AMeasurementThatTheReportLacksIsAMismatch) {
  NvidiaReport report = TestGpu().Report(TestNvidiaNonce());
  report.measurements.Truncate(40);  // the manifest has index 40
  EXPECT_EQ(RefusalOf(Verify(TestGpu().Evidence(report), TestGpuCollateral())), ErrorCode::kMismatch);
}

TEST(NvidiaPitfalls, AnAlternativeOfAnotherSizeDoesNotFit) {
  NvidiaReport report = TestGpu().Report(TestNvidiaNonce());
  report.measurements[21].value = Concat({report.measurements[21].value, Bytes{0}});
  EXPECT_EQ(RefusalOf(Verify(TestGpu().Evidence(report), TestGpuCollateral())), ErrorCode::kMismatch);
}

TEST(NvidiaPitfalls, ManifestsWithNothingActiveProveNothing) {
  NvidiaRim driver = TestNvidia().DriverRim(NvidiaArchitecture::kHopper);
  NvidiaRim vbios = TestNvidia().VbiosRim(NvidiaArchitecture::kHopper);
  for (auto& [index, one] : driver.measurements) one.active = false;
  for (auto& [index, one] : vbios.measurements) one.active = false;
  NvidiaCollateral collateral = TestGpuCollateral();
  collateral.rims = {TestNvidia().SignRim(driver), TestNvidia().SignRim(vbios)};
  EXPECT_EQ(RefusalOf(Verify(TestGpu().Evidence(TestNvidiaNonce()), collateral)), ErrorCode::kMismatch);
}

TEST(NvidiaPitfalls, AVersionDiffersFromTheManifestsOnlyInCase) {
  NvidiaRim vbios = TestNvidia().VbiosRim(NvidiaArchitecture::kHopper);
  vbios.version = "96.00.9f.00.01";
  NvidiaCollateral collateral = TestGpuCollateral();
  collateral.rims[1] = TestNvidia().SignRim(vbios);
  EXPECT_TRUE(Verify(TestGpu().Evidence(TestNvidiaNonce()), collateral).has_value());
}

TEST(NvidiaPitfalls, SignatureWrappingAroundTheSignedRootIsRefused) {
  const std::string text = SignedRim();
  const std::string signature = Part(text, "<ds:Signature", "</ds:Signature>");
  const std::string forged = SimulatedNvidia::RimText(TestNvidia().VbiosRim(NvidiaArchitecture::kHopper));
  const std::string open = forged.substr(0, forged.rfind("</"));
  const std::string close = "</SoftwareIdentity>";
  // The signed document within a forged one, with its signature outside, inside, and twice.
  EXPECT_FALSE(VerifyRim(open + text + close).has_value());
  EXPECT_FALSE(VerifyRim(open + signature + close).has_value());
  EXPECT_FALSE(VerifyRim(open + text + signature + close).has_value());
  EXPECT_FALSE(VerifyRim(open + "<ds:Object xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\">" + text + "</ds:Object>" +
                         signature + close).has_value());
}

TEST(NvidiaPitfalls, MoreThanOneSignatureIsRefused) {
  std::string text = SignedRim();
  const std::string signature = Part(text, "<ds:Signature", "</ds:Signature>");
  text.insert(text.find("<ds:Signature"), signature);
  EXPECT_EQ(RefusalOf(VerifyRim(text)), ErrorCode::kUnsupported);
}

TEST(NvidiaPitfalls, DataAfterOrWithinTheSignatureIsRefused) {
  const std::string text = SignedRim();
  const std::string resource = "<Resource xmlns=\"http://standards.iso.org/iso/19770/-2/2015/schema.xsd\"/>";
  for (const std::string_view place : {"</SoftwareIdentity>", "</ds:Signature>", "</ds:KeyInfo>", "</ds:X509Data>", "<ds:SignedInfo>"}) {
    std::string changed = text;
    changed.insert(changed.find(place), resource);
    EXPECT_FALSE(VerifyRim(changed).has_value()) << place;
  }
}

TEST(NvidiaPitfalls, DocumentTypesEntitiesAndCommentsAreRefused) {
  const std::string text = SignedRim();
  EXPECT_EQ(RefusalOf(VerifyRim("<!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/passwd\">]>" + text)), ErrorCode::kUnsupported);
  std::string entity = text;
  entity.replace(entity.find("GH100"), 5, "&b;");
  EXPECT_EQ(RefusalOf(VerifyRim(entity)), ErrorCode::kUnsupported);
  // C14N without comments would leave it out of what is signed.
  std::string comment = text;
  comment.insert(comment.find("<ns0:Payload>"), "<!-- -->");
  EXPECT_EQ(RefusalOf(VerifyRim(comment)), ErrorCode::kUnsupported);
  std::string instruction = text;
  instruction.insert(instruction.find("<ns0:Payload>"), "<?x y?>");
  EXPECT_EQ(RefusalOf(VerifyRim(instruction)), ErrorCode::kUnsupported);
}

TEST(NvidiaPitfalls, AnotherEncodingDoesNotHideADocumentType) {
  const std::string utf7 = "<?xml version=\"1.0\" encoding=\"UTF-7\"?>+ADwAIQ-DOCTYPE a+AD4-" + SignedRim();
  EXPECT_FALSE(VerifyRim(utf7).has_value());
  std::string utf16;
  for (const char c : SignedRim()) utf16 += {c, '\0'};
  EXPECT_EQ(RefusalOf(VerifyRim(utf16)), ErrorCode::kMalformed);
}

TEST(NvidiaPitfalls, ACertificateOfTheRimRootForAnotherUseDoesNotSignManifests) {
  // The issuer's own certificate, first in X509Data: its key is not for signing manifests, nor did it sign this one.
  std::string text = SignedRim();
  const std::string first = Part(text, "<ds:X509Certificate>", "</ds:X509Certificate>");
  text.erase(text.find(first), first.size());
  EXPECT_EQ(RefusalOf(VerifyRim(text)), ErrorCode::kUntrusted);
}

TEST(NvidiaPitfalls, TheDeviceRootDoesNotVouchForManifestsNorTheReverse) {
  const auto& device_root = TestGpu().chain[4];
  const auto& rim_root = TestNvidia().rim_chain().back();
  EXPECT_FALSE(TestNvidia().Trusted().Find(RootUse::kNvidiaRim, device_root).has_value());
  EXPECT_FALSE(TestNvidia().Trusted().Find(RootUse::kNvidiaDevice, rim_root).has_value());
}

TEST(NvidiaPitfalls, AnAnswerAboutTheSameSerialOfAnotherIssuerIsNotTaken) {
  // The provisioner's serial, in a certificate of the RIM authority.
  const auto key = crypto::SigningKey::Generate(crypto::SignatureAlgorithm::kEs384);
  const auto twin = crypto::CertificateBuilder(key.Public())
                        .SubjectCommonName("SIMULATED Device Identity twin")
                        .Serial(TestGpu().chain[1].Serial())
                        .Validity(kTestNow - std::chrono::days(1), kTestNow + std::chrono::days(1))
                        .CertificateAuthority(std::nullopt)
                        .SelfSign(key);
  NvidiaCollateral collateral = TestGpuCollateral();
  std::erase_if(collateral.ocsp, [](const NvidiaOcspAnswer& one) {
    return crypto::OcspResponse::ParseDer(one.der)->Serial() == TestGpu().chain[1].Serial();
  });
  const auto answer = crypto::MakeOcspResponse(*twin, *twin, *twin, key, TestNvidia().Good());
  collateral.ocsp.push_back({answer->Der(), std::nullopt});
  EXPECT_EQ(RefusalOf(Verify(TestGpu().Evidence(TestNvidiaNonce()), collateral)), ErrorCode::kMismatch);
}

TEST(NvidiaPitfalls, EveryVectorsAnswerIsForTheCertificateOfAVectorsChain) {
  if (!HaveVectors()) GTEST_SKIP() << "needs the shared vectors";
  const auto chain = *crypto::Certificate::ParsePemChain(AsText(Vector("nvidia-gpu/hopper-550.90.07-full/cert_chain.pem")));
  const Time at = *FromRfc3339("2025-08-21T18:47:00Z");
  for (const std::size_t level : {2u, 3u, 4u}) {
    const auto response =
        crypto::OcspResponse::ParseDer(Vector("nvidia-ocsp/gpu-certificate-l" + std::to_string(level) + "/ocsp.der"));
    const std::size_t i = 5 - level;  // l2 is next to the root
    const auto good = crypto::VerifyNotRevoked(chain[i], chain[i + 1], *response, std::nullopt, at);
    EXPECT_TRUE(good.has_value()) << level << " " << good.error().ToText();
    EXPECT_FALSE(crypto::VerifyNotRevoked(chain[0], chain[1], *response, std::nullopt, at).has_value());
  }
}

}  // namespace
}  // namespace cloister::evidence

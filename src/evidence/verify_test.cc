#include "evidence/verify.h"

#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "evidence/describe.h"
#include "evidence/snp/json.h"
#include "evidence/snp/testing.h"

namespace cloister::evidence {
namespace {

using formats::Json;
using testing::HasSubstr;

constexpr std::size_t kSignedEnd = kSnpSignedSize + 144;  // the signature's numbers; reserved bytes follow

Bytes ReportOf(std::uint64_t policy_bits = 0x30000) {
  const SimulatedSnpGuest guest{.measurement = {}, .host_data = {}, .policy = {.bits = policy_bits}, .report_id = {}};
  return TestProcessor().Sign(TestProcessor().Report(guest, TestNonce(), 0));
}

EvidencePart PartOf(Bytes report) {
  EvidencePart part{EvidenceKind::kSnp, std::move(report)};
  part.attachments = {TestProcessor().vcek.Der(), TestProcessor().ask.Der()};
  return part;
}

EvidenceCollateral CollateralOf() {
  EvidenceCollateral collateral;
  collateral.snp.certificates = TestProcessor().Certificates();
  return collateral;
}

EvidenceExpectations ExpectingNonce(ByteSpan nonce = TestNonce()) {
  return {ChosenNonce::Exactly(nonce), ChosenInitData::AnyInitData()};
}

Result<VerifiedEvidence> Verify(const EvidencePart& part, const EvidenceExpectations& expected = ExpectingNonce(), Time at = kTestNow) {
  return VerifyEvidence(part, CollateralOf(), AnchorsNaming(TestProcessor()), expected, at);
}

TEST(VerifyEvidence, RefusesEachFlippedByte) {
  const Bytes good = ReportOf();
  ASSERT_TRUE(Verify(PartOf(good)));
  for (std::size_t at = 0; at < kSignedEnd; at += 7) {
    Bytes bad = good;
    bad[at] ^= 1;
    EXPECT_FALSE(Verify(PartOf(bad))) << at;
  }
}

TEST(VerifyEvidence, RefusesEachLengthButTheWhole) {
  const Bytes good = ReportOf();
  for (std::size_t size = 0; size < good.size(); size += 37) EXPECT_FALSE(Verify(PartOf(Bytes(good.begin(), good.begin() + size)))) << size;
  Bytes longer = good;
  longer.push_back(0);
  EXPECT_FALSE(Verify(PartOf(longer)));
}

TEST(VerifyEvidence, RefusesAnotherNonce) {
  auto other = TestNonce();
  other[63] ^= 1;
  EXPECT_EQ(Verify(PartOf(ReportOf()), ExpectingNonce(other)).error().code(), ErrorCode::kMismatch);
  // A beginning of it is another nonce: the rest would have to be zeros.
  EXPECT_EQ(Verify(PartOf(ReportOf()), ExpectingNonce(ByteSpan(TestNonce()).first(32))).error().code(), ErrorCode::kMismatch);
}

TEST(VerifyEvidence, RefusesANonceThatTheHardwareCannotHold) {
  EXPECT_EQ(Verify(PartOf(ReportOf()), ExpectingNonce(Bytes(65))).error().code(), ErrorCode::kUsage);
  EXPECT_EQ(Verify(PartOf(ReportOf()), ExpectingNonce(Bytes())).error().code(), ErrorCode::kUsage);
}

TEST(VerifyEvidence, RefusesOtherInitData) {
  EvidenceExpectations expected = ExpectingNonce();
  expected.init_data = ChosenInitData::Exactly(Bytes(32));
  EXPECT_TRUE(Verify(PartOf(ReportOf()), expected));
  expected.init_data = ChosenInitData::Exactly(Bytes(32, 1));
  EXPECT_EQ(Verify(PartOf(ReportOf()), expected).error().code(), ErrorCode::kMismatch);
}

TEST(VerifyEvidence, RefusesCertificatesOutsideTheirTime) {
  EXPECT_EQ(Verify(PartOf(ReportOf()), ExpectingNonce(), kTestNow + std::chrono::days(366)).error().code(), ErrorCode::kExpired);
  EXPECT_EQ(Verify(PartOf(ReportOf()), ExpectingNonce(), kTestNow - std::chrono::days(31)).error().code(), ErrorCode::kExpired);
}

TEST(VerifyEvidence, RefusesASimulatedRootThatNobodyNamed) {
  const auto verified = VerifyEvidence(PartOf(ReportOf()), CollateralOf(), TrustAnchors::Vendors(), ExpectingNonce(), kTestNow);
  ASSERT_FALSE(verified);
  EXPECT_EQ(verified.error().code(), ErrorCode::kUntrusted);
}

TEST(VerifyEvidence, RefusesWhatIsLongerThanEvidenceMayBe) {
  EXPECT_EQ(Verify({EvidenceKind::kSnp, Bytes(kMaxEvidence + 1)}).error().code(), ErrorCode::kLimit);
  EvidencePart many = PartOf(ReportOf());
  many.attachments.resize(kMaxAttachments + 1);
  EXPECT_EQ(Verify(many).error().code(), ErrorCode::kLimit);
  EvidencePart large = PartOf(ReportOf());
  large.attachments.emplace_back(kMaxAttachment + 1);
  EXPECT_EQ(Verify(large).error().code(), ErrorCode::kLimit);
}

TEST(VerifyEvidence, RefusesAttachmentsThatAreNoCertificates) {
  EvidencePart part = PartOf(ReportOf());
  part.attachments.push_back(ToBytes("no certificate"));
  EXPECT_EQ(Verify(part).error().code(), ErrorCode::kMalformed);
}

TEST(VerifyEvidence, SaysWhatItProvedByWhichChainAndWhatItDidNotCheck) {
  const auto verified = Verify(PartOf(ReportOf()));
  ASSERT_TRUE(verified) << verified.error().ToText();
  ASSERT_EQ(verified->parts().size(), 1u);
  const PartFindings& part = verified->parts()[0];
  EXPECT_EQ(*part.claims.GetString("tee"), "snp");
  EXPECT_THAT(part.proved, testing::Contains(HasSubstr("nonce")));
  EXPECT_THAT(part.chain.back(), HasSubstr("SIMULATED"));
  ASSERT_EQ(part.not_checked.size(), 1u);
  EXPECT_EQ(part.not_checked[0].what, "init-data");
  const auto stale = Verify(PartOf(ReportOf()), {ChosenNonce::AnyNonce(), ChosenInitData::AnyInitData()});
  ASSERT_TRUE(stale);
  EXPECT_EQ(stale->parts()[0].not_checked[0].what, "freshness");
  EXPECT_THAT(stale->parts()[0].proved, testing::Not(testing::Contains(HasSubstr("nonce"))));
}

TEST(VerifyEvidence, LeavesDebugSimulatedAndTheMeasurementToAPolicy) {
  const auto verified = Verify(PartOf(ReportOf(0x30000 | 1u << 19)));
  ASSERT_TRUE(verified);
  EXPECT_TRUE(verified->simulated());
  std::vector<std::string> claims;
  for (const LeftToPolicy& left : FindLeftToPolicy(verified->parts()[0])) claims.push_back(left.claim);
  EXPECT_EQ(claims, (std::vector<std::string>{"simulated", "debug", "measurement"}));
}

TEST(VerifyEvidence, StaysBelowItsMemoryWhateverThePartHolds) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "sanitizers have memory of their own";
#endif
  std::string numbers = R"({"attestation_report":{"report_data":[1)";
  while (numbers.size() + 4 < kMaxEvidence) numbers += ",1";
  numbers += "]}}";
  std::string objects = R"({"attestation_report":[{})";
  while (objects.size() + 4 < kMaxEvidence) objects += ",{\"\":0}";
  objects.resize(kMaxEvidence - 8);
  objects = objects.substr(0, objects.rfind(',')) + "]}";
  for (const std::string& worst : {numbers, objects}) {
    const pid_t child = fork();
    if (child == 0) {
      rusage before{}, after{};
      getrusage(RUSAGE_SELF, &before);
      const auto kind = DetectEvidence(AsBytes(worst));
      const bool refused = kind && !Verify({*kind, ToBytes(worst)});
      getrusage(RUSAGE_SELF, &after);
      const auto grown = static_cast<std::size_t>(after.ru_maxrss - before.ru_maxrss) << 10;
      _exit(!refused ? 1 : grown > kMaxVerificationMemory ? 2 : 0);
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(WEXITSTATUS(status), 0) << worst.substr(0, 40);
  }
}

TEST(DetectEvidence, TellsSnpAsBytesAndAsJson) {
  EXPECT_EQ(*DetectEvidence(ReportOf()), EvidenceKind::kSnp);
  const auto json = SnpEvidenceToJson({ReportOf(), TestProcessor().Certificates()});
  const Bytes text = ToBytes(json->Dump());
  ASSERT_EQ(*DetectEvidence(text), EvidenceKind::kSnp);
  const auto verified = VerifyEvidence({EvidenceKind::kSnp, text}, {}, AnchorsNaming(TestProcessor()), ExpectingNonce(), kTestNow);
  EXPECT_TRUE(verified) << verified.error().ToText();
}

TEST(DetectEvidence, RefusesWhatItDoesNotKnow) {
  for (const std::string_view text : {"", "{}", "[]", "null", "text", "{\"attestation\":1}"}) {
    EXPECT_EQ(DetectEvidence(AsBytes(text)).error().code(), ErrorCode::kUnsupported) << text;
  }
  Bytes version_9 = ReportOf();
  version_9[0] = 9;
  EXPECT_EQ(DetectEvidence(version_9).error().code(), ErrorCode::kUnsupported);
  EXPECT_EQ(DetectEvidence(Bytes(kMaxEvidence + 1)).error().code(), ErrorCode::kLimit);
}

TEST(EvidenceKind, HasANameThatLeadsBack) {
  for (const EvidenceKind kind : AllEvidenceKinds()) EXPECT_EQ(*EvidenceKindFromName(EvidenceKindName(kind)), kind);
  EXPECT_THAT(EvidenceKindFromName("other").error().message(), HasSubstr("snp"));
}

TEST(DescribeUnverified, NeedsNoSignature) {
  Bytes report = ReportOf();
  report[0x90] ^= 1;
  const auto described = DescribeUnverified({EvidenceKind::kSnp, report});
  ASSERT_TRUE(described);
  EXPECT_EQ(described->GetString("measurement")->substr(0, 2), "01");
  EXPECT_FALSE(DescribeUnverified({EvidenceKind::kSnp, Bytes(7)}));
}

TEST(CompareDescriptions, NamesEachFieldThatDiffers) {
  const Json before = Json::Object{{"a", 1}, {"b", Json::Array{1, 2}}, {"c", Json::Object{{"x/y", true}}}};
  const Json after = Json::Object{{"a", 1}, {"b", Json::Array{1}}, {"c", Json::Object{{"x/y", false}}}, {"d", "new"}};
  const auto differences = CompareDescriptions(before, after);
  ASSERT_EQ(differences.size(), 3u);
  EXPECT_EQ(differences[0].field, "/b/1");
  EXPECT_TRUE(differences[0].after.is_null());
  EXPECT_EQ(differences[1].field, "/c/x~1y");
  EXPECT_EQ(differences[2].field, "/d");
  EXPECT_TRUE(CompareDescriptions(before, before).empty());
}

}  // namespace
}  // namespace cloister::evidence

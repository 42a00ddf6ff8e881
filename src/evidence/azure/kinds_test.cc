// Azure's machines, through VerifyEvidence.
#include <gmock/gmock.h>

#include "evidence/azure/testing.h"
#include "evidence/describe.h"
#include "evidence/verify.h"

namespace cloister::evidence {
namespace {

using formats::Json;

EvidencePart PartOf(EvidenceKind kind, ByteSpan nonce = TpmTestNonce()) {
  const Json json = kind == EvidenceKind::kAzSnpVtpm ? AzureSnpEvidenceToJson(TestAzure().OnSnp(TestProcessor(), nonce))
                                                     : AzureTdxEvidenceToJson(TestAzure().OnTdx(TestIntel(), nonce));
  return {kind, ToBytes(json.Dump())};
}

EvidenceCollateral Collateral() {
  EvidenceCollateral collateral;
  collateral.snp = AzureSnpIssuers();
  collateral.intel = TestIntel().Collateral(IntelTee::kTdx);
  return collateral;
}

TrustAnchors AnchorsFor(EvidenceKind kind) {
  return kind == EvidenceKind::kAzSnpVtpm ? AnchorsNaming(TestProcessor()) : AnchorsNaming(TestIntel());
}

Result<VerifiedEvidence> Verify(const EvidencePart& part, ByteSpan nonce = TpmTestNonce()) {
  return VerifyEvidence(part, Collateral(), AnchorsFor(part.kind), {ChosenNonce::Exactly(nonce), ChosenInitData::AnyInitData()}, kTpmNow);
}

constexpr EvidenceKind kBoth[] = {EvidenceKind::kAzSnpVtpm, EvidenceKind::kAzTdxVtpm};

TEST(AzureKinds, RefuseARootThatNobodyNamed) {
  for (const EvidenceKind kind : kBoth) {
    const auto verified = VerifyEvidence(PartOf(kind), Collateral(), TrustAnchors::Vendors(),
                                         {ChosenNonce::Exactly(TpmTestNonce()), ChosenInitData::AnyInitData()}, kTpmNow);
    EXPECT_EQ(TpmCode(verified), "untrusted");
  }
}

TEST(AzureKinds, RefuseAnotherNonceAndNone) {
  for (const EvidenceKind kind : kBoth) {
    EXPECT_EQ(TpmCode(Verify(PartOf(kind), Bytes(32, 1))), "mismatch");
    EXPECT_EQ(TpmCode(Verify(PartOf(kind), ByteSpan(TpmTestNonce()).first(31))), "mismatch");
    EXPECT_EQ(TpmCode(Verify(PartOf(kind), {})), "usage");
    EXPECT_EQ(TpmCode(Verify(PartOf(kind, Bytes(16, 0x5A)))), "mismatch");
  }
}

TEST(AzureKinds, RefuseOneKindAsTheOther) {
  EvidencePart part = PartOf(EvidenceKind::kAzSnpVtpm);
  part.kind = EvidenceKind::kAzTdxVtpm;
  EXPECT_FALSE(Verify(part));
  part = PartOf(EvidenceKind::kAzTdxVtpm);
  part.kind = EvidenceKind::kAzSnpVtpm;
  EXPECT_FALSE(Verify(part));
}

TEST(AzureKinds, SayWhatTheyProved) {
  for (const EvidenceKind kind : kBoth) {
    const EvidencePart part = PartOf(kind);
    ASSERT_EQ(*DetectEvidence(part.content), kind);
    const auto verified = Verify(part);
    ASSERT_TRUE(verified) << verified.error().ToText();
    const PartFindings& found = verified->parts()[0];
    EXPECT_EQ(*found.claims.GetString("tee"), EvidenceKindName(kind));
    EXPECT_FALSE(*found.claims.GetBool("debug"));
    EXPECT_TRUE(*found.claims.GetBool("nonce_in_hardware_report"));
    EXPECT_THAT(found.proved, testing::Contains(testing::HasSubstr("covers that nonce too")));
    EXPECT_THAT(found.chain.back(), testing::HasSubstr("SIMULATED"));
    const auto described = DescribeUnverified(part);
    ASSERT_TRUE(described) << described.error().ToText();
    EXPECT_EQ(*described->Find("quote")->GetString("nonce"), ToHex(TpmTestNonce()));
  }
}

// An old report under a fresh quote, whose owner says that its evidence is older than it is.
TEST(AzureKinds, SayWhenTheHardwaresReportDoesNotCoverTheNonce) {
  const auto old = SimulatedAzureMachine::Make(WithKey(crypto::SignatureAlgorithm::kRs256), Bytes(32, 1));
  for (const EvidenceKind kind : kBoth) {
    Json json = kind == EvidenceKind::kAzSnpVtpm ? AzureSnpEvidenceToJson(old.OnSnp(TestProcessor(), TpmTestNonce()))
                                                 : AzureTdxEvidenceToJson(old.OnTdx(TestIntel(), TpmTestNonce()));
    EXPECT_EQ(TpmCode(Verify({kind, ToBytes(json.Dump())})), "mismatch");
    json.Set("version", 1);
    const auto verified = Verify({kind, ToBytes(json.Dump())});
    ASSERT_TRUE(verified) << verified.error().ToText();
    const PartFindings& found = verified->parts()[0];
    EXPECT_FALSE(*found.claims.GetBool("nonce_in_hardware_report"));
    EXPECT_THAT(found.proved, testing::Not(testing::Contains(testing::HasSubstr("covers that nonce too"))));
    EXPECT_THAT(found.not_checked, testing::Contains(testing::Field(&NotChecked::what, "age of the hardware's report")));
  }
}

TEST(AzureKinds, SayNothingOfANonceThatNobodyDemanded) {
  for (const EvidenceKind kind : kBoth) {
    const EvidenceExpectations any{ChosenNonce::AnyNonce(), ChosenInitData::AnyInitData()};
    const auto verified = VerifyEvidence(PartOf(kind), Collateral(), AnchorsFor(kind), any, kTpmNow);
    ASSERT_TRUE(verified) << verified.error().ToText();
    EXPECT_FALSE(*verified->parts()[0].claims.GetBool("nonce_in_hardware_report"));
  }
}

TEST(AzureKinds, TakeTheVcekBesideTheEvidence) {
  Json json = AzureSnpEvidenceToJson(TestAzure().OnSnp(TestProcessor(), TpmTestNonce()));
  json.Remove("vcek");
  EvidencePart part{EvidenceKind::kAzSnpVtpm, ToBytes(json.Dump())};
  ASSERT_EQ(*DetectEvidence(part.content), EvidenceKind::kAzSnpVtpm);
  EvidenceCollateral collateral = Collateral();
  std::erase_if(collateral.snp.certificates, [](const SnpCertificate& each) { return each.type == SnpCertificateType::kVcek; });
  const auto verify = [&] {
    return VerifyEvidence(part, collateral, AnchorsFor(part.kind), {ChosenNonce::Exactly(TpmTestNonce()), ChosenInitData::AnyInitData()}, kTpmNow);
  };
  EXPECT_EQ(TpmCode(verify()), "not-found");
  part.attachments = {TestProcessor().vcek.Der()};
  EXPECT_EQ(TpmCode(verify()), "accepted");
}

}  // namespace
}  // namespace cloister::evidence

// TPMs by themselves and with Google's certificates, through VerifyEvidence.
#include <gmock/gmock.h>

#include "evidence/describe.h"
#include "evidence/tpm/testing.h"
#include "evidence/verify.h"

namespace cloister::evidence {
namespace {

using formats::Json;

Bytes Content(const TpmEvidence& evidence) { return ToBytes(TpmEvidenceToJson(evidence).Dump()); }

// With a log and, for Google, a padded certificate.
TpmEvidence EvidenceOf(EvidenceKind kind) {
  TpmEvidence evidence = TestTpm().Evidence(TpmTestNonce());
  evidence.event_log = SerializeEventLog(TestTpm().log);
  if (kind != EvidenceKind::kGcpVtpm) return evidence;
  evidence.ak_certificate = TestAuthority(VtpmCloud::kGoogle).Certify(TestTpm().key.Public())->Der();
  evidence.ak_certificate->resize(2048);
  return evidence;
}

EvidenceCollateral Collateral() {
  EvidenceCollateral collateral;
  const auto added = collateral.tpm_keys.Add({KeyOf(TestTpm()).Sha256(), true});
  EXPECT_TRUE(added);
  collateral.vtpm = TestAuthority(VtpmCloud::kGoogle).Collateral();
  return collateral;
}

EvidenceExpectations Expecting(ByteSpan nonce = TpmTestNonce()) { return {ChosenNonce::Exactly(nonce), ChosenInitData::AnyInitData()}; }

Result<VerifiedEvidence> Verify(const EvidencePart& part, const EvidenceExpectations& expected = Expecting()) {
  return VerifyEvidence(part, Collateral(), AnchorsNaming(TestAuthority(VtpmCloud::kGoogle)), expected, kTpmNow);
}

constexpr EvidenceKind kBoth[] = {EvidenceKind::kTpm, EvidenceKind::kGcpVtpm};

TEST(TpmKinds, RefuseAKeyThatNobodyVouchesFor) {
  for (const EvidenceKind kind : kBoth) {
    const auto verified = VerifyEvidence({kind, Content(EvidenceOf(kind))}, {}, TrustAnchors::Vendors(), Expecting(), kTpmNow);
    EXPECT_FALSE(verified);
  }
  EXPECT_EQ(TpmCode(VerifyEvidence({EvidenceKind::kTpm, Content(EvidenceOf(EvidenceKind::kTpm))}, {}, TrustAnchors::Vendors(), Expecting(), kTpmNow)),
            "untrusted");
}

TEST(TpmKinds, RefuseAPublicAreaOfAnotherKeyAndOneThatSignsAnything) {
  for (const EvidenceKind kind : kBoth) {
    TpmEvidence evidence = EvidenceOf(kind);
    evidence.ak_public_area = WithKey(crypto::SignatureAlgorithm::kRs256).PublicArea();
    EXPECT_EQ(TpmCode(Verify({kind, Content(evidence)})), "mismatch");
    evidence = EvidenceOf(kind);
    (*evidence.ak_public_area)[5] = 0x04;  // no longer restricted
    EXPECT_EQ(TpmCode(Verify({kind, Content(evidence)})), "untrusted");
  }
}

// Nothing signs a public area, so that an attester's says nothing for its key; who enrolled the key does.
TEST(TpmKinds, TakeNoAttestersWordThatItsKeyIsRestricted) {
  const Bytes content = Content(EvidenceOf(EvidenceKind::kTpm));
  const auto verify = [&](Json entry) -> Result<VerifiedEvidence> {
    EvidenceCollateral collateral;
    entry.Set("ak_public", ToBase64(TestTpm().key.Public().SpkiDer()));
    entry.Set("SIMULATED", true);
    collateral.tpm_keys = TRY(EnrolledTpmKeys::Parse(Json(Json::Array{std::move(entry)}).Dump()));
    return VerifyEvidence({EvidenceKind::kTpm, content}, collateral, TrustAnchors::Vendors(), Expecting(), kTpmNow);
  };
  EXPECT_EQ(TpmCode(verify(Json::Object{})), "malformed");
  EXPECT_EQ(TpmCode(verify(Json::Object{{"restricted", false}})), "malformed");
  EXPECT_EQ(TpmCode(verify(Json::Object{{"restricted", true}})), "accepted");
  EXPECT_EQ(TpmCode(verify(Json::Object{{"ak_tpmt_public", ToBase64(TestTpm().PublicArea())}})), "accepted");
}

TEST(TpmKinds, RefuseACertificateOfAnotherKey) {
  TpmEvidence evidence = EvidenceOf(EvidenceKind::kGcpVtpm);
  const auto other = crypto::SigningKey::GenerateRsa(crypto::SignatureAlgorithm::kRs256, 2048);
  evidence.ak_certificate = TestAuthority(VtpmCloud::kGoogle).Certify(other->Public())->Der();
  EXPECT_EQ(TpmCode(Verify({EvidenceKind::kGcpVtpm, Content(evidence)})), "mismatch");
}

TEST(TpmKinds, RefuseALogThatDoesNotReplay) {
  for (const EvidenceKind kind : kBoth) {
    TpmEvidence evidence = EvidenceOf(kind);
    EventLog log = TestTpm().log;
    log.events.push_back(log.events[0]);
    evidence.event_log = SerializeEventLog(log);
    EXPECT_EQ(TpmCode(Verify({kind, Content(evidence)})), "mismatch");
  }
}

// A digest is padded where the quote's nonce is longer, and cut to 32 bytes or more where it is shorter.
TEST(TpmKinds, FitTheNonceAsTheProtocolDoesAndNotShorter) {
  const Bytes digest(48, 0x5A);
  const EvidenceExpectations expected{ChosenNonce::Digest(digest), ChosenInitData::AnyInitData()};
  const auto code = [&](const EvidenceExpectations& with, std::size_t size) {
    Bytes nonce(std::min<std::size_t>(size, 48), 0x5A);
    nonce.resize(size);
    return TpmCode(Verify({EvidenceKind::kTpm, Content(TestTpm().Evidence(nonce))}, with));
  };
  for (const std::size_t size : {32u, 48u, 64u}) EXPECT_EQ(code(expected, size), "accepted") << size;
  for (const std::size_t size : {0u, 1u, 20u, 31u}) EXPECT_EQ(code(expected, size), "mismatch") << size;
  EXPECT_EQ(code(Expecting(digest), 48), "accepted");
  EXPECT_EQ(code(Expecting(digest), 32), "mismatch");
  EXPECT_EQ(code(Expecting(Bytes()), 32), "usage");
}

TEST(TpmKinds, RefuseInitDataDigestsThatPcr8CannotHold) {
  EvidenceExpectations expected = Expecting();
  for (const std::size_t size : {48u, 64u}) {
    expected.init_data = ChosenInitData::Exactly(Bytes(size));
    EXPECT_EQ(TpmCode(Verify({EvidenceKind::kTpm, Content(EvidenceOf(EvidenceKind::kTpm))}, expected)), "usage");
  }
}

TEST(TpmKinds, SayWhoVouchesAndThatNobodyIsKeptOut) {
  for (const EvidenceKind kind : kBoth) {
    const Bytes content = Content(EvidenceOf(kind));
    ASSERT_EQ(*DetectEvidence(content), kind);
    const auto verified = Verify({kind, content});
    ASSERT_TRUE(verified) << verified.error().ToText();
    const PartFindings& part = verified->parts()[0];
    EXPECT_EQ(*part.claims.GetString("tee"), EvidenceKindName(kind));
    EXPECT_TRUE(*part.claims.GetBool("debug"));
    EXPECT_TRUE(*part.claims.GetBool("simulated"));
    EXPECT_EQ(*part.claims.GetString("measurement"), *part.claims.GetString("pcr0"));
    EXPECT_EQ(*part.claims.GetString("pcr04"), *part.claims.GetString("pcr4"));
    EXPECT_NE(part.claims.Find("uefi_event_logs"), nullptr);
    EXPECT_THAT(part.proved, testing::Contains(testing::HasSubstr("event log")));
    EXPECT_TRUE(DescribeUnverified({kind, content}));
  }
}

TEST(TpmKinds, SayWhatDidNotCome) {
  TpmEvidence evidence = TestTpm().Evidence(TpmTestNonce());
  evidence.ak_public_area.reset();
  const auto verified = Verify({EvidenceKind::kTpm, Content(evidence)});
  ASSERT_TRUE(verified) << verified.error().ToText();
  std::vector<std::string> missing;
  for (const NotChecked& each : verified->parts()[0].not_checked) missing.push_back(each.what);
  EXPECT_THAT(missing, testing::IsSupersetOf({"event log", "init-data", "memory", "revocation"}));
}

}  // namespace
}  // namespace cloister::evidence

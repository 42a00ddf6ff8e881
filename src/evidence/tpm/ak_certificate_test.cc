#include "evidence/tpm/ak_certificate.h"

#include <gtest/gtest.h>

#include "evidence/tpm/testing.h"

namespace cloister::evidence {
namespace {

constexpr VtpmCloud kClouds[] = {VtpmCloud::kAzure, VtpmCloud::kGoogle};

Result<VerifiedVtpmKey> VerifyAk(VtpmCloud cloud, ByteSpan ak, const VtpmCollateral& collateral, Time at = kTpmNow) {
  return VerifyVtpmKey(cloud, ak, {}, collateral, AnchorsNaming(TestAuthority(cloud)), at);
}

Bytes CertifiedBy(VtpmCloud cloud, SimulatedAkFault fault = SimulatedAkFault::kNone) {
  return TestAuthority(cloud).Certify(TestTpm().key.Public(), fault)->Der();
}

std::string CodeOf(VtpmCloud cloud, SimulatedAkFault fault) {
  return TpmCode(VerifyAk(cloud, CertifiedBy(cloud, fault), TestAuthority(cloud).Collateral()));
}

TEST(AkCertificate, RefusesWhatIsNoCertificateOfAnAttestationKey) {
  for (const VtpmCloud cloud : kClouds) {
    EXPECT_EQ(CodeOf(cloud, SimulatedAkFault::kLeafIsCa), "untrusted");
    EXPECT_EQ(CodeOf(cloud, SimulatedAkFault::kWithoutKeyUsage), "untrusted");
    EXPECT_EQ(CodeOf(cloud, SimulatedAkFault::kEndorsementKey), "untrusted");
    EXPECT_FALSE(VerifyAk(cloud, CertifiedBy(cloud, SimulatedAkFault::kForeignIssuer), TestAuthority(cloud).Collateral()));
  }
  EXPECT_EQ(CodeOf(VtpmCloud::kGoogle, SimulatedAkFault::kWithoutInstance), "untrusted");
}

TEST(AkCertificate, RefusesOtherRoots) {
  for (const VtpmCloud cloud : kClouds) {
    const VtpmCollateral collateral = TestAuthority(cloud).Collateral();
    const Bytes ak = CertifiedBy(cloud);
    EXPECT_EQ(TpmCode(VerifyVtpmKey(cloud, ak, {}, collateral, TrustAnchors::Vendors(), kTpmNow)), "untrusted");
    // The other cloud's root, though trusted, vouches for nothing here.
    const VtpmCloud other = cloud == VtpmCloud::kAzure ? VtpmCloud::kGoogle : VtpmCloud::kAzure;
    EXPECT_EQ(TpmCode(VerifyVtpmKey(other, ak, {}, collateral, AnchorsNaming(TestAuthority(cloud)), kTpmNow)), "untrusted");
  }
}

TEST(AkCertificate, RefusesAChainWithAGap) {
  const SimulatedVtpmAuthority& authority = TestAuthority(VtpmCloud::kAzure);
  const Bytes ak = CertifiedBy(VtpmCloud::kAzure);
  EXPECT_EQ(TpmCode(VerifyAk(VtpmCloud::kAzure, ak, {})), "not-found");
  EXPECT_EQ(TpmCode(VerifyAk(VtpmCloud::kAzure, ak, {{authority.intermediate.Der()}, {}})), "not-found");
  EXPECT_EQ(TpmCode(VerifyAk(VtpmCloud::kAzure, ak, {{authority.root.Der()}, {}})), "not-found");
  EXPECT_EQ(TpmCode(VerifyAk(VtpmCloud::kAzure, ak, {std::vector<Bytes>(17, authority.root.Der()), {}})), "limit");
}

TEST(AkCertificate, RefusesOtherTimes) {
  for (const auto offset : {std::chrono::days(-31), std::chrono::days(301)}) {
    EXPECT_EQ(TpmCode(VerifyAk(VtpmCloud::kAzure, CertifiedBy(VtpmCloud::kAzure), TestAuthority(VtpmCloud::kAzure).Collateral(), kTpmNow + offset)),
              "expired");
  }
}

TEST(AkCertificate, RefusesEachFlippedByte) {
  const Bytes good = CertifiedBy(VtpmCloud::kGoogle);
  const VtpmCollateral collateral = TestAuthority(VtpmCloud::kGoogle).Collateral();
  for (std::size_t at = 0; at < good.size(); at += 5) {
    Bytes bad = good;
    bad[at] ^= 1;
    EXPECT_FALSE(VerifyAk(VtpmCloud::kGoogle, bad, collateral)) << at;
  }
}

TEST(AkCertificate, RefusesARevokedIssuer) {
  const SimulatedVtpmAuthority& authority = TestAuthority(VtpmCloud::kAzure);
  VtpmCollateral collateral = authority.Collateral();
  const crypto::Certificate revoked[] = {authority.intermediate};
  collateral.revocation_lists = {authority.RootList(revoked)->Der()};
  EXPECT_EQ(TpmCode(VerifyAk(VtpmCloud::kAzure, CertifiedBy(VtpmCloud::kAzure), collateral)), "revoked");
}

TEST(AkCertificate, RefusesARevokedKey) {
  const SimulatedVtpmAuthority& authority = TestAuthority(VtpmCloud::kAzure);
  VtpmCollateral collateral = authority.Collateral();
  const Bytes ak = CertifiedBy(VtpmCloud::kAzure);
  const crypto::Certificate revoked[] = {*crypto::Certificate::ParseDer(ak)};
  collateral.revocation_lists = {authority.RootList({})->Der(), authority.IntermediateList(revoked)->Der()};
  EXPECT_EQ(TpmCode(VerifyAk(VtpmCloud::kAzure, ak, collateral)), "revoked");
}

TEST(TpmPitfalls, RevocationIsCheckedOnlyWithAListForEachCertificate) {
  const SimulatedVtpmAuthority& authority = TestAuthority(VtpmCloud::kAzure);
  const Bytes ak = CertifiedBy(VtpmCloud::kAzure);
  const Bytes of_root = authority.RootList({})->Der(), of_intermediate = authority.IntermediateList({})->Der();
  const auto revocation = [&](std::vector<Bytes> lists) {
    VtpmCollateral collateral = authority.Collateral();
    collateral.revocation_lists = std::move(lists);
    const auto verified = VerifyAk(VtpmCloud::kAzure, ak, collateral);
    EXPECT_TRUE(verified) << verified.error().ToText();
    return verified->revocation();
  };
  EXPECT_EQ(revocation({}), VtpmRevocation::kNotChecked);
  EXPECT_EQ(revocation({of_root}), VtpmRevocation::kNotChecked);
  EXPECT_EQ(revocation({of_intermediate}), VtpmRevocation::kNotChecked);
  EXPECT_EQ(revocation({of_root, of_intermediate}), VtpmRevocation::kChecked);
}

TEST(AkCertificate, TrimsThePaddingOfNonVolatileMemoryAndNothingElse) {
  const Bytes good = CertifiedBy(VtpmCloud::kAzure);
  for (const std::uint8_t fill : Bytes{0x00, 0xFF}) {
    Bytes padded = good;
    padded.resize(4096, fill);
    const auto parsed = ParsePaddedCertificate(padded);
    ASSERT_TRUE(parsed) << parsed.error().ToText();
    EXPECT_EQ(parsed->Der(), good);
    padded.back() = 0x55;
    EXPECT_EQ(TpmCode(ParsePaddedCertificate(padded)), "malformed");
  }
  EXPECT_EQ(TpmCode(ParsePaddedCertificate(Concat({good, Bytes{1}}))), "malformed");
  EXPECT_EQ(TpmCode(ParsePaddedCertificate(ByteSpan(good).first(good.size() - 1))), "malformed");
  EXPECT_EQ(TpmCode(ParsePaddedCertificate(Bytes(4096))), "malformed");
  EXPECT_EQ(TpmCode(ParsePaddedCertificate(Bytes(65537))), "limit");
}

TEST(AkCertificate, SaysOfGoogleWhichInstanceItIs) {
  const auto verified = VerifyAk(VtpmCloud::kGoogle, CertifiedBy(VtpmCloud::kGoogle), TestAuthority(VtpmCloud::kGoogle).Collateral());
  ASSERT_TRUE(verified) << verified.error().ToText();
  EXPECT_EQ(verified->revocation(), VtpmRevocation::kNotChecked);
  EXPECT_TRUE(verified->root().simulated);
  EXPECT_EQ(verified->key().key(), TestTpm().key.Public());
  formats::Json claims = formats::Json::Object{};
  verified->SetClaims(claims);
  EXPECT_EQ(*claims.GetString("gce_instance_name"), "simulated-instance");
  EXPECT_EQ(*claims.GetString("gce_project_number"), "12");
  EXPECT_TRUE(*claims.GetBool("gce_production"));
  EXPECT_EQ(*claims.GetString("ak_subject"), "CN=SIMULATED attestation key,O=SIMULATED Cloud");
}

TEST(GceInstance, RefusesEachLengthButTheWholeAndOtherForms) {
  const auto certificate = TestAuthority(VtpmCloud::kGoogle).Certify(TestTpm().key.Public());
  const Bytes good = **certificate->Extension("1.3.6.1.4.1.11129.2.1.21");
  ASSERT_TRUE(ParseGceInstance(good));
  for (std::size_t size = 0; size < good.size(); ++size) EXPECT_FALSE(ParseGceInstance(ByteSpan(good).first(size))) << size;
  EXPECT_EQ(TpmCode(ParseGceInstance(Concat({good, Bytes{0}}))), "malformed");
  EXPECT_EQ(TpmCode(ParseGceInstance(Bytes(4097, 0x30))), "limit");
}

}  // namespace
}  // namespace cloister::evidence

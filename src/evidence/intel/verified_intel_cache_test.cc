#include "evidence/intel/verified_intel_cache.h"

#include "evidence/intel/testing.h"

namespace cloister::evidence {
namespace {

struct Setting {
  const SimulatedIntelPlatform& platform = TestIntel();
  TrustAnchors anchors = AnchorsNaming(platform);
  IntelCollateral collateral = platform.Collateral(IntelTee::kTdx);
  TdxExpectations expected = ExpectingTd();
  Time at = kIntelNow;
  VerifiedIntelCache cache{2};

  std::string Verify(ByteSpan quote) {
    return CodeOf(VerifyTdx(quote, PreparedIntelCollateral(collateral), anchors, expected, at, cache));
  }
  std::string Verify() { return Verify(TdQuote(platform)); }
};

TEST(VerifiedIntelCache, KeepsOnlyWhatWasAccepted) {
  Setting s;
  s.at = s.platform.options.next_update + Seconds(1);
  EXPECT_EQ(s.Verify(), "expired");
  EXPECT_EQ(s.cache.size(), 0U);
  s.at = kIntelNow;
  EXPECT_EQ(s.Verify(), "accepted");
  EXPECT_EQ(s.Verify(), "accepted");
  EXPECT_EQ(s.cache.size(), 1U);
}

TEST(VerifiedIntelCache, ChecksDatesAtEachUse) {
  Setting s;
  EXPECT_EQ(s.Verify(), "accepted");
  s.at = s.platform.options.next_update + Seconds(1);
  EXPECT_EQ(s.Verify(), "expired");
  EXPECT_EQ(s.cache.size(), 0U);
  s.at = kIntelNow;
  EXPECT_EQ(s.Verify(), "accepted");
  s.at = s.platform.options.issue_date - Seconds(1);
  EXPECT_EQ(s.Verify(), "expired");
}

TEST(VerifiedIntelCache, NeverFindsAnEntryForOtherBytesRulesOrAnchors) {
  Setting s;
  EXPECT_EQ(s.Verify(), "accepted");
  s.collateral.tcb_info += ' ';
  EXPECT_EQ(s.Verify(), "accepted");
  EXPECT_EQ(s.cache.size(), 2U);
  s.collateral.tcb_info.back() = 'x';
  EXPECT_EQ(s.Verify(), "malformed");
  s.collateral = s.platform.Collateral(IntelTee::kTdx);
  s.anchors = TrustAnchors::Vendors();
  EXPECT_EQ(s.Verify(), "untrusted");
}

TEST(VerifiedIntelCache, LetsANewListRevoke) {
  Setting s;
  EXPECT_EQ(s.Verify(), "accepted");
  s.collateral.pck_crl = s.platform.PckList(2, {&s.platform.pck, 1})->Der();
  EXPECT_EQ(s.Verify(), "revoked");
  s.collateral = s.platform.Collateral(IntelTee::kTdx);
  s.collateral.root_crl = s.platform.RootList(2, {&s.platform.ca, 1})->Der();
  EXPECT_EQ(s.Verify(), "revoked");
}

TEST(VerifiedIntelCache, JudgesTheQuoteAndTheEvaluationNumberEachTime) {
  Setting s;
  EXPECT_EQ(s.Verify(), "accepted");
  s.expected.minimum_tcb_evaluation = 18;
  EXPECT_EQ(s.Verify(), "stale");
  s.expected = ExpectingTd();
  Bytes quote = TdQuote(s.platform);
  quote[200] ^= 1;
  EXPECT_EQ(s.Verify(quote), "untrusted");
  TdReport old = s.platform.Td(IntelNonce());
  old.tee_tcb_svn = {1, 1, 2};
  EXPECT_EQ(s.Verify(s.platform.Quote(old, 4)), "mismatch");
}

TEST(VerifiedIntelCache, NeverFindsTheKeyOfAnotherQuotingEnclavesReport) {
  Setting s;
  EXPECT_EQ(s.Verify(), "accepted");
  const IntelQuote good = *ParseIntelQuote(TdQuote(s.platform));
  const auto verify = [&](const IntelQuote& quote) { return s.Verify(SerializeIntelQuote(quote)); };
  EXPECT_EQ(verify(good), "accepted");
  IntelQuote changed = good;
  changed.qe_report_bytes[0] ^= 1;
  EXPECT_EQ(verify(changed), "untrusted");
  changed = good;
  changed.qe_report_signature[0] ^= 1;
  EXPECT_EQ(verify(changed), "untrusted");
  changed = good;
  changed.qe_authentication[0] ^= 1;
  EXPECT_EQ(verify(changed), "untrusted");
  // An own key over the honest enclave's report.
  const auto own = crypto::SigningKey::Generate(crypto::SignatureAlgorithm::kEs256);
  changed = good;
  changed.attestation_key = *ToArray<64>(Concat({own.Public().EcX(), own.Public().EcY()}));
  changed.signature = *ToArray<64>(own.Sign(changed.signed_part));
  EXPECT_EQ(verify(changed), "untrusted");
}

TEST(VerifiedIntelCache, ForgetsTheOneNotUsedForLongest) {
  Setting s;
  for (const char* space : {"", " ", "  "}) {
    s.collateral.qe_identity = s.platform.Collateral(IntelTee::kTdx).qe_identity + space;
    EXPECT_EQ(s.Verify(), "accepted");
  }
  EXPECT_EQ(s.cache.size(), 2U);
}

}  // namespace
}  // namespace cloister::evidence

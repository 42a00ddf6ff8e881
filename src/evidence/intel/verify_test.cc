#include "evidence/intel/verify.h"

#include "evidence/intel/testing.h"
#include "evidence/snp/testing.h"

namespace cloister::evidence {
namespace {

using Collateral = IntelCollateral;

IntelCollateral TdCollateral() { return TestIntel().Collateral(IntelTee::kTdx); }

TEST(VerifyTdx, RefusesEachChangedByteOfTheQuote) {
  const Bytes quote = TdQuote(TestIntel());
  const IntelQuote original = *ParseIntelQuote(quote);
  const PreparedIntelCollateral collateral(TdCollateral());
  VerifiedIntelCache cache(64);
  const TrustAnchors anchors = AnchorsNaming(TestIntel());
  for (std::size_t at = 0; at < quote.size(); at += at < 1300 ? 1 : 7) {
    Bytes changed = quote;
    changed[at] ^= 0x01;
    const auto verified = VerifyTdx(changed, collateral, anchors, ExpectingTd(), kIntelNow, cache);
    if (!verified) continue;
    // Text between certificates and base64's line ends carry no meaning; everything else does.
    EXPECT_TRUE(verified->quote().header == original.header && verified->quote().body == original.body) << at;
    EXPECT_EQ(quote[at], '\n') << at;
  }
}

TEST(VerifyTdx, RefusesEachChangedByteOfCollateral) {
  const Bytes quote = TdQuote(TestIntel());
  const auto refuse = [&](auto member) {
    const auto original = TdCollateral();
    // Nothing of this can come from a cache, so not every byte is tried: about 60 of each.
    const std::size_t step = (original.*member).size() / 60 + 1;
    for (std::size_t at = 0; at < (original.*member).size(); at += step) {
      auto changed = original;
      auto& byte = (changed.*member)[at];
      byte = static_cast<std::remove_reference_t<decltype(byte)>>(byte ^ 0x01);
      const auto verified = VerifyTd(TestIntel(), quote, changed);
      EXPECT_FALSE(verified.has_value()) << at;
    }
  };
  refuse(&Collateral::tcb_info);
  refuse(&Collateral::qe_identity);
  refuse(&Collateral::root_crl);
  refuse(&Collateral::pck_crl);
}

TEST(VerifyTdx, RefusesAnotherNonceOrConfiguration) {
  const Bytes quote = TdQuote(TestIntel());
  auto expected = ExpectingTd();
  expected.report_data[63] ^= 1;
  EXPECT_EQ(CodeOf(VerifyTd(TestIntel(), quote, TdCollateral(), expected)), "mismatch");
  expected = ExpectingTd();
  expected.mr_config_id = ExpectedField<48>::Exactly({});
  EXPECT_EQ(CodeOf(VerifyTd(TestIntel(), quote, TdCollateral(), expected)), "accepted");
  expected.mr_config_id = ExpectedField<48>::Exactly({1});
  EXPECT_EQ(CodeOf(VerifyTd(TestIntel(), quote, TdCollateral(), expected)), "mismatch");
}

TEST(VerifyTdx, RefusesKeysOfAnotherPlatform) {
  const auto other = MakeIntel(IntelTestOptions());
  EXPECT_EQ(CodeOf(VerifyTd(TestIntel(), TdQuote(other))), "untrusted");
  // Its root is trusted, but the collateral is signed under another one.
  const crypto::Sha256Digest named[] = {TestIntel().root.Fingerprint(), other.root.Fingerprint()};
  auto both = TestIntel().Anchors();
  ASSERT_TRUE(both.Add(SimulatedRoot{RootUse::kIntelSgx, other.root}).has_value());
  const auto anchors = *TrustAnchors::VendorsAndSimulated(both, named);
  auto mixed = TdCollateral();
  mixed.root_crl = other.root_crl.Der();
  mixed.pck_crl = other.pck_crl.Der();
  EXPECT_EQ(CodeOf(VerifyTdx(TdQuote(other), mixed, anchors, ExpectingTd(), kIntelNow)), "untrusted");
  EXPECT_EQ(CodeOf(VerifyTdx(TdQuote(other), other.Collateral(IntelTee::kTdx), anchors, ExpectingTd(), kIntelNow)),
            "accepted");
}

TEST(VerifyTdx, RefusesTimesOutsideAnyValidity) {
  const Bytes quote = TdQuote(TestIntel());
  const auto at = [&](Time time) { return CodeOf(VerifyTd(TestIntel(), quote, TdCollateral(), ExpectingTd(), time)); };
  const auto& options = TestIntel().options;
  EXPECT_EQ(at(options.issue_date - Seconds(1)), "expired");
  EXPECT_EQ(at(options.issue_date), "accepted");
  EXPECT_EQ(at(options.next_update), "accepted");
  EXPECT_EQ(at(options.next_update + Seconds(1)), "expired");
  EXPECT_EQ(at(options.not_before - Seconds(1)), "expired");
  EXPECT_EQ(at(options.not_after + Seconds(1)), "expired");
}

TEST(VerifyTdx, AsksForWhatTheRuleNames) {
  const Bytes quote = TdQuote(TestIntel());
  const auto without = [&](auto member, IntelCollateralRule rule) {
    auto collateral = TdCollateral();
    (collateral.*member).clear();
    auto expected = ExpectingTd();
    expected.collateral = rule;
    return CodeOf(VerifyTd(TestIntel(), quote, collateral, expected));
  };
  for (const auto rule : {IntelCollateralRule::kEverything, IntelCollateralRule::kTcbWithoutRevocation}) {
    EXPECT_EQ(without(&Collateral::tcb_info, rule), "not-found");
    EXPECT_EQ(without(&Collateral::tcb_info_issuer_chain, rule), "not-found");
    EXPECT_EQ(without(&Collateral::qe_identity, rule), "not-found");
    EXPECT_EQ(without(&Collateral::qe_identity_issuer_chain, rule), "not-found");
  }
  EXPECT_EQ(without(&Collateral::root_crl, IntelCollateralRule::kEverything), "not-found");
  EXPECT_EQ(without(&Collateral::pck_crl, IntelCollateralRule::kEverything), "not-found");
  EXPECT_EQ(without(&Collateral::pck_crl, IntelCollateralRule::kTcbWithoutRevocation), "accepted");
  EXPECT_EQ(without(&Collateral::tcb_info, IntelCollateralRule::kSignaturesOnly), "accepted");
}

TEST(VerifyTdx, SaysWhatWasNotChecked) {
  const Bytes quote = TdQuote(TestIntel());
  auto expected = ExpectingTd();
  const auto full = VerifyTd(TestIntel(), quote)->Claims();
  EXPECT_EQ(*full.GetString("collateral"), "checked");
  EXPECT_EQ(*full.GetString("revocation"), "checked");
  EXPECT_EQ(*full.GetString("tcb_status"), "UpToDate");
  expected.collateral = IntelCollateralRule::kTcbWithoutRevocation;
  auto collateral = TdCollateral();
  collateral.pck_crl.clear();
  const auto partly = VerifyTd(TestIntel(), quote, collateral, expected)->Claims();
  EXPECT_EQ(*partly.GetString("collateral"), "without_revocation");
  EXPECT_EQ(*partly.GetString("revocation"), "not_checked");
  EXPECT_EQ(*partly.GetString("tcb_status"), "UpToDate");
  expected.collateral = IntelCollateralRule::kSignaturesOnly;
  const auto least = VerifyTd(TestIntel(), quote, {}, expected)->Claims();
  EXPECT_EQ(*least.GetString("collateral"), "signatures_only");
  for (const char* name : {"tcb_status", "advisory_ids", "tcb_date", "tcb_eval_num", "pck_crl_num"}) {
    EXPECT_EQ(least.Find(name), nullptr) << name;
  }
}

TEST(VerifyTdx, TakesEveryKindOfTdQuote) {
  const auto& platform = TestIntel();
  TdReport td = platform.Td(IntelNonce());
  EXPECT_EQ(CodeOf(VerifyTd(platform, platform.Quote(td, 5))), "accepted");
  td.td15 = TdReport15{};
  EXPECT_EQ(CodeOf(VerifyTd(platform, platform.Quote(td, 5))), "accepted");
  const auto sgx = VerifySgx(platform.Quote(td, 5), platform.Collateral(IntelTee::kSgx), AnchorsNaming(platform),
                             ExpectingSgx(), kIntelNow);
  EXPECT_EQ(CodeOf(sgx), "mismatch");
}

TEST(VerifyTdx, MakesTheClaimsThatAllTeesHave) {
  const auto claims = VerifyTd(TestIntel(), TdQuote(TestIntel()))->Claims();
  EXPECT_EQ(*claims.GetString("tee"), "tdx");
  EXPECT_EQ(*claims.GetString("report_data"), ToHex(IntelNonce()));
  EXPECT_EQ(*claims.GetBool("debug"), false);
  EXPECT_EQ(*claims.GetBool("simulated"), true);
  EXPECT_EQ(*claims.GetString("root_sha256"), ToHex(TestIntel().root.Fingerprint()));
  EXPECT_EQ(*claims.GetString("hardware_id"), ToHex(TestIntel().options.pck.ppid));
  EXPECT_EQ(*claims.GetString("collateral_expires"), ToRfc3339(TestIntel().options.next_update));
  EXPECT_EQ(*claims.GetInt("tcb_eval_num"), 17);
  EXPECT_EQ(*claims.GetString("sgx_type"), "Scalable");
  EXPECT_EQ(*claims.GetString("pck_ca"), "platform");
  EXPECT_EQ(*claims.GetInt("pck_crl_num"), 1);
  EXPECT_EQ(*(*claims.GetObject("td_attributes"))->GetBool("septve_disable"), true);
}

TEST(VerifyTdx, MakesTrusteesClaimsOfARealQuote) {
  if (!HaveVectors()) GTEST_SKIP() << "needs the shared vectors";
  const std::string folder = "tdx/v4-b0c06f-uptodate/";
  const auto text = [&](const char* name) { return std::string(AsText(Vector(folder + name))); };
  IntelCollateral collateral;
  collateral.tcb_info = text("tcb_info.json");
  collateral.qe_identity = text("qe_identity.json");
  collateral.tcb_info_issuer_chain = collateral.qe_identity_issuer_chain = text("tcb_signing_chain.pem");
  collateral.root_crl = Vector(folder + "root_ca_crl.der");
  collateral.pck_crl = Vector(folder + "pck_crl.der");
  const Bytes quote = Vector(folder + "quote.bin");
  TdxExpectations expected = ExpectingTd();
  expected.report_data = std::get<TdReport>(ParseIntelQuote(quote)->body).report_data;
  const Time at = *FromRfc3339("2025-07-04T10:16:31Z");
  const auto verified = VerifyTdx(quote, collateral, TrustAnchors::Vendors(), expected, at);
  ASSERT_TRUE(verified.has_value()) << verified.error().ToText();
  const auto claims = verified->Claims();
  const std::pair<const char*, const char*> texts[] = {
      {"root_key_id",
       "46e403bd34f05a3f2817ab9badcaacc7ffc98e0f261008cd30dae936cace18d5"
       "dcf58eef31463613de1570d516200993"},
      {"earliest_issue_date", "2018-05-21T10:45:10Z"},
      {"latest_issue_date", "2025-06-19T10:32:27Z"},
      {"earliest_expiration_date", "2025-07-19T10:00:35Z"},
      {"tcb_date", "2024-03-13T00:00:00Z"},
      {"collateral_expiration_status", "0"},
      {"sgx_type", "Scalable"},
      {"tcb_status", "UpToDate"}};
  for (const auto& [name, value] : texts) EXPECT_EQ(*claims.GetString(name), value) << name;
  EXPECT_EQ(*claims.GetInt("pck_crl_num"), 1);
  EXPECT_EQ(*claims.GetInt("root_ca_crl_num"), 1);
  EXPECT_EQ(*claims.GetInt("tcb_eval_num"), 17);
  EXPECT_EQ(*claims.GetBool("simulated"), false);
  EXPECT_EQ(*claims.GetBool("is_dynamic_platform"), true);
}

TEST(VerifySgx, TakesEveryVersionAndRefusesChangedBytes) {
  const auto& platform = TestIntel();
  const PreparedIntelCollateral collateral(platform.Collateral(IntelTee::kSgx));
  const auto anchors = AnchorsNaming(platform);
  VerifiedIntelCache cache(4);
  const auto verify = [&](ByteSpan quote) {
    return VerifySgx(quote, collateral, anchors, ExpectingSgx(), kIntelNow, cache);
  };
  for (const std::uint16_t version : {std::uint16_t{3}, std::uint16_t{4}, std::uint16_t{5}}) {
    const Bytes quote = platform.Quote(platform.Enclave(IntelNonce()), version);
    const auto verified = verify(quote);
    ASSERT_TRUE(verified.has_value()) << verified.error().ToText();
    EXPECT_EQ(*verified->Claims().GetInt("quote_version"), version);
    for (std::size_t at = 0; at < 1100; at += 7) {
      Bytes changed = quote;
      changed[at] ^= 0x80;
      EXPECT_FALSE(verify(changed).has_value()) << at;
    }
  }
}

TEST(VerifySgx, TakesAPckChainOfTheVerifierForQuotesThatNameItOnly) {
  const auto& platform = TestIntel();
  IntelQuote quote = platform.Prepare(platform.Enclave(IntelNonce()), 3);
  quote.certification_type = kPckByEncryptedPpid;
  quote.certification = Bytes(404, 1);
  const Bytes bytes = platform.Sign(quote);
  auto collateral = platform.Collateral(IntelTee::kSgx);
  const auto verify = [&] {
    return CodeOf(VerifySgx(bytes, collateral, AnchorsNaming(platform), ExpectingSgx(), kIntelNow));
  };
  EXPECT_EQ(verify(), "not-found");
  collateral.pck_chain = platform.PckChain();
  EXPECT_EQ(verify(), "accepted");
  collateral.pck_chain = MakeIntel(IntelTestOptions()).PckChain();
  EXPECT_EQ(verify(), "untrusted");
}

}  // namespace
}  // namespace cloister::evidence

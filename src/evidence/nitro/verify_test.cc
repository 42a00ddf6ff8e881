#include "evidence/nitro/verify.h"

#include "evidence/nitro/testing.h"
#include "evidence/snp/testing.h"

namespace cloister::evidence {
namespace {

using formats::Json;

TEST(Nitro, RefusesEveryFlippedByte) {
  const Bytes good = SignedNitro();
  const TrustAnchors anchors = NitroAnchors(TestNitro());
  NitroChainCache cache(1);  // the good chain
  const auto verify = [&](ByteSpan document) {
    return VerifyNitro(document, {}, anchors, NitroExpecting(), kNitroNow, cache);
  };
  ASSERT_TRUE(verify(good));
  for (std::size_t i = 0; i < good.size(); i += 7) {
    Bytes bad = good;
    bad[i] ^= static_cast<std::uint8_t>(1 + i % 255);
    EXPECT_FALSE(verify(bad)) << "byte " << i;
  }
}

TEST(Nitro, RefusesEveryCut) {
  const Bytes good = SignedNitro();
  for (std::size_t size = 0; size < good.size(); ++size) {
    EXPECT_FALSE(ParseNitroDocument(ByteSpan(good).first(size))) << size << " bytes";
  }
}

TEST(Nitro, RefusesAnotherLeafsSignature) {
  const auto other = *SimulatedNitro::Make(NitroOptions());
  // The other hypervisor's key under this one's certificates.
  NitroDocument document = TestNitro().Document(kNitroNow, NitroNonce());
  EXPECT_EQ(NitroCode(VerifyTestNitro(other.Sign(document))), ErrorCode::kUntrusted);
}

TEST(Nitro, RefusesAReplayedOrMissingNonce) {
  NitroExpectations expected = NitroExpecting();
  expected.nonce = ExpectedNitroField::Exactly(Bytes(32, 0x5B));
  EXPECT_EQ(NitroCode(VerifyTestNitro(SignedNitro(), TestNitro(), expected)), ErrorCode::kMismatch);
  expected.nonce = ExpectedNitroField::Absent();
  EXPECT_EQ(NitroCode(VerifyTestNitro(SignedNitro(), TestNitro(), expected)), ErrorCode::kMismatch);
  const Bytes without = TestNitro().Sign(TestNitro().Document(kNitroNow, std::nullopt));
  EXPECT_EQ(NitroCode(VerifyTestNitro(without)), ErrorCode::kMismatch);
}

TEST(Nitro, RefusesOtherUserDataAndPublicKeys) {
  NitroDocument document = TestNitro().Document(kNitroNow, NitroNonce());
  document.user_data = Bytes{1, 2, 3};
  EXPECT_EQ(NitroCode(VerifyTestNitro(TestNitro().Sign(document))), ErrorCode::kMismatch);
  document.user_data = std::nullopt;
  document.public_key = Bytes{4};
  const Bytes with_key = TestNitro().Sign(document);
  EXPECT_EQ(NitroCode(VerifyTestNitro(with_key)), ErrorCode::kMismatch);
  NitroExpectations expected = NitroExpecting();
  expected.public_key = ExpectedNitroField::Exactly(Bytes{5});
  EXPECT_EQ(NitroCode(VerifyTestNitro(with_key, TestNitro(), expected)), ErrorCode::kMismatch);
  expected.public_key = ExpectedNitroField::Exactly(Bytes{4});
  EXPECT_TRUE(VerifyTestNitro(with_key, TestNitro(), expected));
  expected.public_key = ExpectedNitroField::AnyValueOrNone();
  EXPECT_TRUE(VerifyTestNitro(with_key, TestNitro(), expected));
}

TEST(Nitro, RefusesEachExpiredCertificate) {
  const Bytes good = SignedNitro();
  const SimulatedNitroOptions options = NitroOptions();
  NitroExpectations expected = NitroExpecting();
  expected.skew = std::chrono::days(100);
  const auto code = [&](Time at) { return NitroCode(VerifyTestNitro(good, TestNitro(), expected, at)); };
  EXPECT_EQ(code(options.leaf_not_before - Seconds(1)), ErrorCode::kExpired);
  EXPECT_EQ(code(options.leaf_not_after), ErrorCode::kExpired);
  EXPECT_EQ(code(options.leaf_not_after - Seconds(1)), ErrorCode::kInternal) << "verifies";
  // The authorities run out before the leaf.
  SimulatedNitroOptions outlived = options;
  outlived.not_after = kNitroNow - Seconds(1);
  const auto nitro = *SimulatedNitro::Make(outlived);
  EXPECT_EQ(NitroCode(VerifyTestNitro(SignedNitro({}, nitro), nitro)), ErrorCode::kExpired);
}

TEST(Nitro, AppliesRevocationListsThatFit) {
  const Bytes good = SignedNitro();
  const TrustAnchors anchors = NitroAnchors(TestNitro());
  const auto verify = [&](const NitroCollateral& collateral) {
    return VerifyNitro(good, collateral, anchors, NitroExpecting(), kNitroNow);
  };
  const Time from = kNitroNow - std::chrono::hours(1), to = kNitroNow + std::chrono::hours(1);
  NitroCollateral lists = *TestNitro().Lists(from, to);
  ASSERT_TRUE(verify(lists));
  EXPECT_EQ(verify(lists)->revocation(), NitroRevocation::kChecked);
  EXPECT_EQ(*verify(lists)->Claims().GetString("revocation"), "checked");
  EXPECT_EQ(verify({})->revocation(), NitroRevocation::kNotChecked);
  lists.revocation_lists.erase(lists.revocation_lists.begin());
  EXPECT_EQ(verify(lists)->revocation(), NitroRevocation::kNotChecked) << "the root's list is missing";
  for (const crypto::Certificate& revoked : {TestNitro().region, TestNitro().zone, TestNitro().instance}) {
    EXPECT_EQ(NitroCode(verify(*TestNitro().Lists(from, to, {&revoked, 1}))), ErrorCode::kRevoked);
  }
  EXPECT_EQ(NitroCode(verify(*TestNitro().Lists(from, kNitroNow - Seconds(1)))), ErrorCode::kExpired);
  const auto other = *SimulatedNitro::Make(NitroOptions());
  EXPECT_EQ(NitroCode(verify(*other.Lists(from, to))), ErrorCode::kUntrusted) << "same names, other keys";
  EXPECT_EQ(NitroCode(verify({.revocation_lists = {Bytes{0x30, 0}}})), ErrorCode::kMalformed);
}

TEST(Nitro, GivesClaims) {
  NitroDocument document = TestNitro().Document(kNitroNow, NitroNonce());
  document.user_data = Bytes{1, 2};
  document.public_key = Bytes{3};
  NitroExpectations expected = NitroExpecting();
  expected.user_data = expected.public_key = ExpectedNitroField::AnyValueOrNone();
  const auto verified = VerifyTestNitro(TestNitro().Sign(document), TestNitro(), expected);
  ASSERT_TRUE(verified) << verified.error().ToText();
  const Json claims = verified->Claims();
  const std::string pcr0 = ToHex(crypto::Sha384(AsBytes("SIMULATED PCR0")));
  const std::pair<const char*, Json> wanted[] = {
      {"tee", "nitro"},
      {"measurement", pcr0},
      {"pcr0", pcr0},
      {"pcr15", std::string(96, '0')},
      {"report_data", ToHex(NitroNonce())},
      {"user_data", "0102"},
      {"public_key", "03"},
      {"debug", false},
      {"simulated", true},
      {"root_sha256", ToHex(TestNitro().root.Fingerprint())},
      {"revocation", "not_checked"},
      {"collateral_expires", ToRfc3339(NitroOptions().leaf_not_after)},
      {"module_id", "i-0123456789abcdef0-enc0123456789abcdef"},
      {"timestamp", "2026-03-15T12:00:00Z"},
      {"time", "fresh"},
  };
  for (const auto& [name, value] : wanted) {
    ASSERT_NE(claims.Find(name), nullptr) << name;
    EXPECT_EQ(claims.Find(name)->Dump(), value.Dump()) << name;
  }
  EXPECT_EQ(claims.Find("pcr16"), nullptr);
  const Json plain = VerifyTestNitro(TestNitro().Sign(TestNitro().Document(kNitroNow, NitroNonce())))->Claims();
  for (const char* absent : {"user_data", "public_key"}) EXPECT_EQ(plain.Find(absent), nullptr);
}

// Documents of real enclaves, years later.
TEST(Nitro, VerifiesOldDocumentsOnlyWhereAnAuditorSaysSo) {
  if (!HaveVectors()) GTEST_SKIP() << "needs the shared vectors";
  const Time at = *FromRfc3339("2026-11-01T00:00:00Z");
  for (const char* name : {"anjuna-2021-prod", "veracruz-2022", "evervault-2022-debug", "marlin-2024"}) {
    const Bytes document = Vector("nitro/" + std::string(name) + "/document.cbor");
    NitroExpectations expected = NitroExpecting(NitroTime::kAuditOfOldDocument);
    expected.nonce = expected.user_data = expected.public_key = ExpectedNitroField::AnyValueOrNone();
    const auto verified = VerifyNitro(document, {}, TrustAnchors::Vendors(), expected, at);
    ASSERT_TRUE(verified) << name << ": " << verified.error().ToText();
    EXPECT_EQ(*verified->Claims().GetString("time"), "audit_of_old_document");
    EXPECT_FALSE(verified->simulated());
    expected.time = NitroTime::kFresh;
    EXPECT_FALSE(VerifyNitro(document, {}, TrustAnchors::Vendors(), expected, at)) << name;
  }
}

}  // namespace
}  // namespace cloister::evidence

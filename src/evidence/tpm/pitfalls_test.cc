// Mistakes that other verifiers of TPM quotes made, each as a test named after it.
#include <gtest/gtest.h>

#include "evidence/tpm/testing.h"

namespace cloister::evidence {
namespace {

PcrSelection Select(PcrBank bank, std::initializer_list<unsigned> indices) {
  PcrSelection selection{bank, 0};
  for (const unsigned index : indices) selection.bits |= 1u << index;
  return selection;
}

Bytes WithAttributes(std::uint32_t attributes) {
  SimulatedTpm tpm = WithKey(crypto::SignatureAlgorithm::kEs256);
  tpm.attributes = attributes;
  return tpm.PublicArea();
}

TEST(TpmPitfalls, RefusesSignedBytesThatDoNotBeginWithTheMagicOfATpm) {
  TpmQuoteEvidence evidence = TestTpm().Quote(TpmTestNonce());
  evidence.message[0] ^= 1;
  evidence.signature.value = TestTpm().key.Sign(evidence.message);
  EXPECT_EQ(TpmCode(VerifyQuoteOf(TestTpm(), evidence)), "malformed");
}

TEST(TpmPitfalls, RefusesAnotherKindOfAttestationThanAQuote) {
  for (const std::uint8_t type : Bytes{0x14, 0x15, 0x16, 0x17, 0x19, 0x1A, 0x1C}) {
    TpmQuoteEvidence evidence = TestTpm().Quote(TpmTestNonce());
    evidence.message[5] = type;
    evidence.signature.value = TestTpm().key.Sign(evidence.message);
    EXPECT_EQ(TpmCode(VerifyQuoteOf(TestTpm(), evidence)), "unsupported") << int{type};
  }
}

TEST(TpmPitfalls, RefusesANonceInTheWrongField) {
  TpmQuote quote = TestTpm().Prepare(Bytes(32, 1), PcrSelection::All(PcrBank::kSha256));
  quote.qualified_signer = TpmTestNonce();
  EXPECT_EQ(TpmCode(VerifyQuoteOf(TestTpm(), TestTpm().Sign(quote))), "mismatch");
}

TEST(TpmPitfalls, RefusesANonceThatOnlyBeginsAsTheExpectedOne) {
  Bytes longer = TpmTestNonce();
  longer.push_back(0);
  EXPECT_EQ(TpmCode(VerifyQuoteOf(TestTpm(), TestTpm().Quote(longer))), "mismatch");
  EXPECT_EQ(TpmCode(VerifyQuoteOf(TestTpm(), TestTpm().Quote(ByteSpan(TpmTestNonce()).first(31)))), "mismatch");
  EXPECT_EQ(TpmCode(VerifyQuoteOf(TestTpm(), TestTpm().Quote({}))), "mismatch");
}

TEST(TpmPitfalls, RefusesToCompareWithAnEmptyNonce) {
  TpmExpectations expected = ExpectingPcrs();
  expected.nonce = ExpectedTpmNonce::Exactly({});
  EXPECT_EQ(TpmCode(VerifyQuoteOf(TestTpm(), TestTpm().Quote({}), expected)), "usage");
}

TEST(TpmPitfalls, RefusesKeysThatSignAnything) {
  EXPECT_TRUE(TpmAttestationKey::FromPublicArea(WithAttributes(kSimulatedTpmAttributes)));
  for (const unsigned bit : {1u, 4u, 5u, 16u, 18u}) {
    EXPECT_EQ(TpmCode(TpmAttestationKey::FromPublicArea(WithAttributes(kSimulatedTpmAttributes & ~(1u << bit)))), "untrusted") << bit;
  }
  constexpr std::uint32_t kDecrypt = 1u << 17;
  EXPECT_EQ(TpmCode(TpmAttestationKey::FromPublicArea(WithAttributes(kSimulatedTpmAttributes | kDecrypt))), "untrusted");
}

TEST(TpmPitfalls, RefusesPcrsThatTheAttesterChose) {
  const auto demanded = DemandedPcrs::Of(Select(PcrBank::kSha256, {0, 4, 7, 11}));
  ASSERT_TRUE(demanded);
  const TpmExpectations expected = ExpectingPcrs(*demanded);
  EXPECT_TRUE(VerifyQuoteOf(TestTpm(), TestTpm().Quote(TpmTestNonce(), demanded->selection()), expected));
  for (const PcrSelection& other : {Select(PcrBank::kSha256, {0, 4, 7}), Select(PcrBank::kSha256, {0, 4, 7, 16}),
                                    Select(PcrBank::kSha256, {0, 4, 7, 11, 12}), Select(PcrBank::kSha384, {0, 4, 7, 11}), PcrSelection{}}) {
    EXPECT_EQ(TpmCode(VerifyQuoteOf(TestTpm(), TestTpm().Quote(TpmTestNonce(), other), expected)), "mismatch") << PcrSelectionText(other);
  }
}

TEST(TpmPitfalls, RefusesASelectionInPiecesAndNoneAtAll) {
  const TpmQuote good = TestTpm().Prepare(TpmTestNonce(), PcrSelection::All(PcrBank::kSha256));
  TpmQuote quote = good;
  quote.selections = {PcrSelection{PcrBank::kSha256, 0x0FFF}, PcrSelection{PcrBank::kSha256, 0xFFF000}};
  EXPECT_EQ(TpmCode(VerifyQuoteOf(TestTpm(), TestTpm().Sign(quote))), "mismatch");
  quote.selections = {};
  EXPECT_EQ(TpmCode(VerifyQuoteOf(TestTpm(), TestTpm().Sign(quote))), "mismatch");
}

TEST(TpmPitfalls, TakesSha1OnlyWhereItIsAskedForByName) {
  const PcrSelection sha1 = PcrSelection::All(PcrBank::kSha1);
  EXPECT_EQ(TpmCode(DemandedPcrs::Of(sha1)), "usage");
  const TpmQuoteEvidence evidence = TestTpm().Quote(TpmTestNonce(), sha1);
  EXPECT_EQ(TpmCode(VerifyQuoteOf(TestTpm(), evidence)), "mismatch");
  const auto named = DemandedPcrs::OfBrokenSha1(sha1.bits);
  ASSERT_TRUE(named);
  EXPECT_TRUE(VerifyQuoteOf(TestTpm(), evidence, ExpectingPcrs(*named)));
}

TEST(TpmPitfalls, RefusesASignatureWithSha1) {
  EXPECT_EQ(TpmCode(TpmSignatureAlgorithm(TpmScheme::kRsaSsa, PcrBank::kSha1)), "unsupported");
  TpmQuoteEvidence evidence = TestTpm().Quote(TpmTestNonce());
  evidence.signature.hash = PcrBank::kSha1;
  EXPECT_EQ(TpmCode(VerifyQuoteOf(TestTpm(), evidence)), "unsupported");
}

TEST(TpmPitfalls, RefusesASignatureThatChoosesItsAlgorithm) {
  TpmQuoteEvidence evidence = TestTpm().Quote(TpmTestNonce());
  evidence.signature.scheme = TpmScheme::kRsaPss;
  EXPECT_EQ(TpmCode(VerifyQuoteOf(TestTpm(), evidence)), "untrusted");
}

TEST(TpmPitfalls, RecomputesTheDigestOverTheValues) {
  const TpmQuoteEvidence good = TestTpm().Quote(TpmTestNonce());
  for (unsigned index = 0; index < kTpmPcrs; ++index) {
    TpmQuoteEvidence evidence = good;
    evidence.pcrs[index][31] ^= 1;
    EXPECT_EQ(TpmCode(VerifyQuoteOf(TestTpm(), evidence)), "untrusted") << index;
    evidence = good;
    evidence.pcrs = Without(good.pcrs, index);
    EXPECT_EQ(TpmCode(VerifyQuoteOf(TestTpm(), evidence)), "mismatch") << index;
  }
}

// The same bytes in one row, cut elsewhere.
TEST(TpmPitfalls, RefusesValuesOfAnotherLength) {
  TpmQuoteEvidence evidence = TestTpm().Quote(TpmTestNonce());
  const Bytes row = Concat({evidence.pcrs.at(0), evidence.pcrs.at(1)});
  evidence.pcrs[0] = ByteSpan(row).first(33);
  evidence.pcrs[1] = ByteSpan(row).subspan(33);
  EXPECT_EQ(TpmCode(VerifyQuoteOf(TestTpm(), evidence)), "malformed");
}

TEST(TpmPitfalls, RefusesValuesOfRegistersThatAreNotQuoted) {
  const DemandedPcrs demanded = *DemandedPcrs::Of({PcrBank::kSha256, 0x7FFFFF});
  TpmQuoteEvidence evidence = TestTpm().Quote(TpmTestNonce(), demanded.selection());
  ASSERT_TRUE(VerifyQuoteOf(TestTpm(), evidence, ExpectingPcrs(demanded)));
  evidence.pcrs[23] = Bytes(32);
  EXPECT_EQ(TpmCode(VerifyQuoteOf(TestTpm(), evidence, ExpectingPcrs(demanded))), "mismatch");
}

TEST(TpmPitfalls, RefusesALogThatDoesNotReplay) {
  const auto verified = VerifyQuoteOf(TestTpm(), TestTpm().Quote(TpmTestNonce()));
  ASSERT_TRUE(verified);
  ASSERT_TRUE(VerifyTpmLog(*verified, SerializeEventLog(TestTpm().log)));
  EventLog log = TestTpm().log;
  for (LoggedDigest& digest : log.events[1].digests) digest.digest[0] ^= 1;
  EXPECT_EQ(TpmCode(VerifyTpmLog(*verified, SerializeEventLog(log))), "mismatch");
  log = TestTpm().log;
  log.events.push_back(log.events[0]);
  EXPECT_EQ(TpmCode(VerifyTpmLog(*verified, SerializeEventLog(log))), "mismatch");
}

// Otherwise a log without events of a register would say nothing of it, and be taken for the whole story.
TEST(TpmPitfalls, RefusesALogThatLeavesOutARegisterOfTheFirmware) {
  const auto verified = VerifyQuoteOf(TestTpm(), TestTpm().Quote(TpmTestNonce()));
  ASSERT_TRUE(verified);
  for (const std::size_t event : {0u, 1u, 2u}) {
    EventLog log = TestTpm().log;
    log.events.erase(log.events.begin() + static_cast<std::ptrdiff_t>(event));
    EXPECT_EQ(TpmCode(VerifyTpmLog(*verified, SerializeEventLog(log))), "mismatch") << event;
  }
  EventLog log = TestTpm().log;
  log.events.pop_back();  // of PCR 11, whose log the system keeps
  EXPECT_TRUE(VerifyTpmLog(*verified, SerializeEventLog(log)));
}

// Root extends PCR 7 after the boot with what firmware would have measured, hides the true event and renames the separator.
TEST(TpmPitfalls, SecureBootThatWasExtendedAfterTheBootIsNotTaken) {
  SimulatedTpm tpm = SimulatedTpm::Make(crypto::SignatureAlgorithm::kEs256);
  tpm.Measure(7, kEvEfiVariableDriverConfig, SecureBootVariable(0));
  tpm.Measure(7, kEvSeparator, Bytes(4));
  const auto said = [&](const EventLog& log) -> std::optional<bool> {
    const auto quote = VerifyQuoteOf(tpm, tpm.Quote(TpmTestNonce()));
    const auto verified = VerifyTpmLog(*quote, SerializeEventLog(log));
    EXPECT_TRUE(verified);  // the replay looks neither at types nor at data
    return *verified->Claims().FindBool("secure_boot");
  };
  EXPECT_EQ(said(tpm.log), false);
  tpm.Measure(7, kEvEfiVariableDriverConfig, SecureBootVariable(1));
  tpm.Measure(7, kEvSeparator, Bytes(4));
  EXPECT_EQ(said(tpm.log), false);
  EventLog forged = tpm.log;
  forged.events[0].data = {};
  EXPECT_EQ(said(forged), std::nullopt);
  forged.events[1].type = kEvEventTag;
  EXPECT_EQ(said(forged), std::nullopt);
  forged.events[1].data = ToBytes("no separator");
  EXPECT_EQ(said(forged), std::nullopt);
}

// A quote over PCRs that anyone can reset, with values in the order of others.
TEST(TrusteeDefects, Defect2_ResettablePcrsDoNotPoseAsOthers) {
  SimulatedTpm tpm = WithKey(crypto::SignatureAlgorithm::kEs256);
  PcrValues& pcrs = tpm.banks[PcrBank::kSha256];
  pcrs[16] = pcrs[0];  // what a guest extends into them after a reset
  pcrs[23] = pcrs[4];
  const PcrSelection resettable = Select(PcrBank::kSha256, {16, 23});
  TpmQuoteEvidence evidence = tpm.Quote(TpmTestNonce(), resettable);
  const auto demanded = DemandedPcrs::Of(Select(PcrBank::kSha256, {0, 4}));
  ASSERT_TRUE(demanded);
  const crypto::RegisterDigest listed[] = {pcrs[16], pcrs[23]};
  evidence.pcrs = *AssignPcrs(*demanded, listed);  // as an array of values without indices is read
  EXPECT_EQ(TpmCode(VerifyQuoteOf(tpm, evidence, ExpectingPcrs(*demanded))), "mismatch");
  EXPECT_EQ(TpmCode(VerifyQuoteOf(tpm, evidence)), "mismatch");
}

TEST(TrusteeDefects, Defect2_AnIndexComesFromTheSelectionNotFromTheList) {
  const auto demanded = DemandedPcrs::Of(Select(PcrBank::kSha256, {4, 11}));
  ASSERT_TRUE(demanded);
  const auto verified = VerifyQuoteOf(TestTpm(), TestTpm().Quote(TpmTestNonce(), demanded->selection()), ExpectingPcrs(*demanded));
  ASSERT_TRUE(verified);
  formats::Json claims = formats::Json::Object{};
  verified->SetClaims(claims);
  EXPECT_EQ(claims.Find("pcr0"), nullptr);
  EXPECT_EQ(*claims.GetString("pcr4"), ToHex(TestTpm().banks.at(PcrBank::kSha256).at(4)));
  EXPECT_EQ(verified->TrusteePcrs().Find("pcr00"), nullptr);
  EXPECT_EQ(*verified->TrusteePcrs().GetString("pcr11"), ToHex(TestTpm().banks.at(PcrBank::kSha256).at(11)));
  EXPECT_EQ(TpmCode(AssignPcrs(*demanded, std::vector<crypto::RegisterDigest>(24, Bytes(32)))), "mismatch");
}

TEST(TrusteeDefects, Defect3_InitDataDigestsOfAnotherLengthAreRefusedWithoutACrash) {
  for (const std::size_t size : {0u, 1u, 20u, 31u, 33u, 48u, 64u, 100u}) {
    EXPECT_EQ(TpmCode(ExpectedTpmInitData::Exactly(Bytes(size, 7))), "usage") << size;
  }
  SimulatedTpm tpm = WithKey(crypto::SignatureAlgorithm::kEs256);
  const crypto::Sha256Digest digest = crypto::Sha256(AsBytes("init-data"));
  tpm.Extend(8, digest);
  TpmExpectations expected = ExpectingPcrs();
  expected.init_data = *ExpectedTpmInitData::Exactly(digest);
  EXPECT_TRUE(VerifyQuoteOf(tpm, tpm.Quote(TpmTestNonce()), expected));
  expected.init_data = *ExpectedTpmInitData::Exactly(Bytes(32));
  EXPECT_EQ(TpmCode(VerifyQuoteOf(tpm, tpm.Quote(TpmTestNonce()), expected)), "mismatch");
}

TEST(TrusteeDefects, Defect3_InitDataAreNotComparedWithARegisterThatWasNotDemanded) {
  const auto without = DemandedPcrs::Of(Select(PcrBank::kSha256, {0, 1}));
  const auto sha384 = DemandedPcrs::Of(PcrSelection::All(PcrBank::kSha384));
  ASSERT_TRUE(without && sha384);
  for (const DemandedPcrs& demanded : {*without, *sha384}) {
    TpmExpectations expected = ExpectingPcrs(demanded);
    expected.init_data = *ExpectedTpmInitData::Exactly(Bytes(32));
    EXPECT_EQ(TpmCode(VerifyQuoteOf(TestTpm(), TestTpm().Quote(TpmTestNonce(), demanded.selection()), expected)), "usage");
  }
}

}  // namespace
}  // namespace cloister::evidence

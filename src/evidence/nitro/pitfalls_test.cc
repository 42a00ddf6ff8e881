// What implementations of Nitro verification got wrong, one test each.
#include "evidence/nitro/testing.h"
#include "evidence/snp/testing.h"

namespace cloister::evidence {
namespace {

using formats::Cbor;

ErrorCode CodeOf(const SimulatedNitroForm& form, const SimulatedNitro& nitro = TestNitro()) {
  return NitroCode(VerifyTestNitro(SignedNitro(form, nitro), nitro));
}

SimulatedNitroForm Replacing(const char* member, Cbor value) {
  SimulatedNitroForm form;
  form.replace = {{member, std::move(value)}};
  return form;
}

TEST(NitroPitfalls, TrustInTheRootOfTheSuppliedBundle) {
  const auto foreign = *SimulatedNitro::Make(NitroOptions());
  EXPECT_EQ(NitroCode(VerifyTestNitro(SignedNitro({}, foreign), TestNitro())), ErrorCode::kUntrusted);
  const auto vendors = VerifyNitro(SignedNitro(), {}, TrustAnchors::Vendors(), NitroExpecting(), kNitroNow);
  EXPECT_EQ(NitroCode(vendors), ErrorCode::kUntrusted) << "a simulated root that no policy names";
  // The good root in the first place, behind it a foreign chain.
  NitroDocument document = foreign.Document(kNitroNow, NitroNonce());
  document.cabundle[0] = TestNitro().root.Der();
  EXPECT_EQ(NitroCode(VerifyTestNitro(foreign.Sign(document))), ErrorCode::kUntrusted);
  if (!HaveVectors()) return;
  const auto custom = VerifyNitro(Vector("nitro/neg-marlin-custom-root/document.cbor"), {}, TrustAnchors::Vendors(),
                                  NitroExpecting(), *FromRfc3339("2024-12-13T09:05:45Z"));
  EXPECT_EQ(NitroCode(custom), ErrorCode::kUntrusted);
}

// Another vendor's root, pinned for another use.
TEST(NitroPitfalls, ARootOfAnotherUse) {
  SimulatedAnchors anchors;
  ASSERT_TRUE(anchors.Add(SimulatedRoot{RootUse::kNvidiaDevice, TestNitro().root}));
  const crypto::Sha256Digest named[] = {TestNitro().root.Fingerprint()};
  const auto verified =
      VerifyNitro(SignedNitro(), {}, *TrustAnchors::VendorsAndSimulated(anchors, named), NitroExpecting(), kNitroNow);
  EXPECT_EQ(NitroCode(verified), ErrorCode::kUntrusted);
}

TEST(NitroPitfalls, DuplicateMapKeys) {
  SimulatedNitroForm form;
  form.more = {{"pcrs", Cbor::Map{{0, Bytes(48, 9)}, {1, Bytes(48, 9)}, {2, Bytes(48, 9)}}}};
  EXPECT_EQ(CodeOf(form), ErrorCode::kMalformed);
  form.indefinite_lengths = true;
  EXPECT_EQ(CodeOf(form), ErrorCode::kMalformed);
  form.more = {{"nonce", NitroNonce()}};
  EXPECT_EQ(CodeOf(form), ErrorCode::kMalformed) << "even where both say the same";
}

TEST(NitroPitfalls, IndefiniteLengthCbor) {
  SimulatedNitroForm form;
  form.indefinite_lengths = true;
  const auto verified = VerifyTestNitro(SignedNitro(form));
  ASSERT_TRUE(verified) << verified.error().ToText();
  EXPECT_EQ(verified->document().nonce, NitroNonce());
  EXPECT_EQ(ParseNitroDocument(SignedNitro(form))->certificate, TestNitro().leaf.Der());
}

TEST(NitroPitfalls, TaggedAndUntaggedDocuments) {
  SimulatedNitroForm form;
  form.tagged = true;
  EXPECT_EQ(CodeOf(form), ErrorCode::kInternal) << "verifies";
  EXPECT_EQ(CodeOf({}), ErrorCode::kInternal) << "verifies";
  Bytes other_tag = SignedNitro();
  other_tag.insert(other_tag.begin(), 0xD1);  // tag 17, a MAC
  EXPECT_EQ(NitroCode(VerifyTestNitro(other_tag)), ErrorCode::kMalformed);
}

TEST(NitroPitfalls, AlgorithmTakenFromTheDocument) {
  for (const std::int64_t algorithm : {-7, -36, -37, -8, 5}) {
    SimulatedNitroForm form;
    form.algorithm = algorithm;
    EXPECT_EQ(CodeOf(form), ErrorCode::kUnsupported) << algorithm;
  }
  const auto p256 = *SimulatedNitro::Make(NitroOptions(SimulatedNitroFault::kLeafOnP256));
  EXPECT_EQ(CodeOf({}, p256), ErrorCode::kUnsupported) << "ES256 under a key for it";
  SimulatedNitroForm form;
  form.algorithm = -35;
  EXPECT_EQ(CodeOf(form, p256), ErrorCode::kUnsupported) << "ES384 under a P-256 key";
}

TEST(NitroPitfalls, DerInsteadOfRawSignature) {
  SimulatedNitroForm form;
  form.der_signature = true;
  EXPECT_EQ(CodeOf(form), ErrorCode::kUntrusted);
}

TEST(NitroPitfalls, TrailingBytes) {
  Bytes longer = SignedNitro();
  longer.push_back(0);
  EXPECT_EQ(NitroCode(VerifyTestNitro(longer)), ErrorCode::kMalformed);
  SimulatedNitroForm form;
  form.after_payload = {0xF6};
  EXPECT_EQ(CodeOf(form), ErrorCode::kMalformed) << "signed, but behind the map";
}

TEST(NitroPitfalls, DepthAndSizeOfTheCbor) {
  Cbor deep;
  for (int i = 0; i < 20; ++i) deep = Cbor::Array{deep};
  EXPECT_EQ(CodeOf(Replacing("user_data", deep)), ErrorCode::kLimit);
  const Bytes bomb(20000, 0x81);  // arrays in arrays
  EXPECT_EQ(NitroCode(ParseNitroDocument(bomb)), ErrorCode::kLimit);
  EXPECT_EQ(NitroCode(ParseNitroDocument(Bytes(kMaximumNitroDocument + 1, 0x81))), ErrorCode::kLimit);
  // An array that says it has 2^32 elements.
  EXPECT_EQ(NitroCode(ParseNitroDocument(Bytes{0x9A, 0xFF, 0xFF, 0xFF, 0xFF})), ErrorCode::kMalformed);
}

TEST(NitroPitfalls, AnUnprotectedHeaderThatSaysSomething) {
  SimulatedNitroForm form;
  form.unprotected = {{33, TestNitro().leaf.Der()}};
  EXPECT_EQ(CodeOf(form), ErrorCode::kMalformed);
}

TEST(NitroPitfalls, OrderOfTheBundle) {
  const NitroDocument good = TestNitro().Document(kNitroNow, NitroNonce());
  const auto code = [](const NitroDocument& document) {
    return NitroCode(VerifyTestNitro(TestNitro().Sign(document)));
  };
  NitroDocument document = good;
  std::swap(document.cabundle[1], document.cabundle[2]);
  EXPECT_EQ(code(document), ErrorCode::kUntrusted);
  document = good;
  std::swap(document.cabundle[0], document.cabundle[3]);
  EXPECT_EQ(code(document), ErrorCode::kUntrusted);
  document = good;
  document.cabundle.erase(document.cabundle.begin());
  EXPECT_EQ(code(document), ErrorCode::kUntrusted) << "no root";
  document = good;
  document.cabundle.erase(document.cabundle.begin() + 2);
  EXPECT_EQ(code(document), ErrorCode::kUntrusted) << "a gap";
  document = good;
  document.cabundle.push_back(TestNitro().leaf.Der());
  EXPECT_EQ(code(document), ErrorCode::kUntrusted) << "one too many";
  document = good;
  document.cabundle.clear();
  EXPECT_EQ(code(document), ErrorCode::kLimit);
  document.cabundle.assign(kMaximumNitroBundle + 1, TestNitro().root.Der());
  EXPECT_EQ(code(document), ErrorCode::kLimit);
}

TEST(NitroPitfalls, CertificatesUsedForWhatTheyAreNot) {
  for (const auto fault :
       {SimulatedNitroFault::kIssuerIsNoCa, SimulatedNitroFault::kPathTooLong, SimulatedNitroFault::kLeafIsCa,
        SimulatedNitroFault::kLeafWithoutKeyUsage, SimulatedNitroFault::kForeignIssuer}) {
    const auto nitro = *SimulatedNitro::Make(NitroOptions(fault));
    EXPECT_EQ(CodeOf({}, nitro), ErrorCode::kUntrusted) << static_cast<int>(fault);
  }
}

TEST(NitroPitfalls, PcrLengthsAndIndices) {
  const Bytes sha384(48, 1), sha256(32, 1);
  EXPECT_EQ(CodeOf(Replacing("pcrs", Cbor::Map{{0, sha384}, {1, sha384}, {2, sha256}})), ErrorCode::kMalformed);
  EXPECT_EQ(CodeOf(Replacing("pcrs", Cbor::Map{{0, sha384}, {1, sha384}})), ErrorCode::kMalformed) << "no PCR2";
  EXPECT_EQ(CodeOf(Replacing("pcrs", Cbor::Map{{0, sha384}, {1, sha384}, {2, sha384}, {32, sha384}})),
            ErrorCode::kLimit);
  EXPECT_EQ(CodeOf(Replacing("pcrs", Cbor::Map{{-1, sha384}, {0, sha384}, {1, sha384}, {2, sha384}})),
            ErrorCode::kMalformed);
  EXPECT_EQ(CodeOf(Replacing("pcrs", Cbor::Array{sha384, sha384, sha384})), ErrorCode::kMalformed);
  EXPECT_EQ(CodeOf(Replacing("digest", "SHA256")), ErrorCode::kUnsupported);
}

TEST(NitroPitfalls, LimitsOfFields) {
  EXPECT_EQ(CodeOf(Replacing("public_key", Bytes(kMaximumNitroPublicKey + 1))), ErrorCode::kLimit);
  EXPECT_EQ(CodeOf(Replacing("public_key", Bytes())), ErrorCode::kLimit);
  EXPECT_EQ(CodeOf(Replacing("user_data", Bytes(kMaximumNitroUserData + 1))), ErrorCode::kLimit);
  EXPECT_EQ(CodeOf(Replacing("nonce", Bytes(kMaximumNitroNonce + 1))), ErrorCode::kLimit);
  EXPECT_EQ(CodeOf(Replacing("nonce", "text")), ErrorCode::kMalformed);
  EXPECT_EQ(CodeOf(Replacing("module_id", "")), ErrorCode::kLimit);
  EXPECT_EQ(CodeOf(Replacing("certificate", Bytes(kMaximumNitroCertificate + 1))), ErrorCode::kLimit);
  EXPECT_EQ(CodeOf(Replacing("timestamp", 0)), ErrorCode::kMalformed);
  EXPECT_EQ(CodeOf(Replacing("timestamp", ~std::uint64_t{0})), ErrorCode::kMalformed);
  EXPECT_EQ(CodeOf(Replacing("timestamp", 1.5)), ErrorCode::kMalformed);
  SimulatedNitroForm form;
  form.more = {{"invented", 1}};
  EXPECT_EQ(CodeOf(form), ErrorCode::kMalformed);
}

TEST(NitroPitfalls, DebugModeLooksLikeAnyOtherDocument) {
  const auto verified = VerifyTestNitro(TestNitro().Sign(TestNitro().DebugDocument(kNitroNow, NitroNonce())));
  ASSERT_TRUE(verified);
  EXPECT_TRUE(*verified->Claims().GetBool("debug"));
  for (const unsigned pcr : {0u, 1u, 2u}) {
    NitroDocument document = TestNitro().Document(kNitroNow, NitroNonce());
    document.pcrs[pcr] = {};
    EXPECT_TRUE(VerifyTestNitro(TestNitro().Sign(document))->document().Debug()) << "PCR" << pcr << " alone";
  }
  EXPECT_FALSE(VerifyTestNitro(SignedNitro())->document().Debug());
}

TEST(NitroPitfalls, AnOldDocumentTakenForAFreshOne) {
  // Its leaf is still valid, but it was signed before we asked.
  const Time later = kNitroNow + std::chrono::hours(2);
  EXPECT_EQ(NitroCode(VerifyTestNitro(SignedNitro(), TestNitro(), NitroExpecting(), later)), ErrorCode::kStale);
  EXPECT_TRUE(VerifyTestNitro(SignedNitro(), TestNitro(), NitroExpecting(), kNitroNow + std::chrono::minutes(5)));
  EXPECT_TRUE(VerifyTestNitro(SignedNitro(), TestNitro(), NitroExpecting(), kNitroNow - std::chrono::minutes(5)));
  const Bytes ahead = TestNitro().Sign(TestNitro().Document(kNitroNow + std::chrono::minutes(6), NitroNonce()));
  EXPECT_EQ(NitroCode(VerifyTestNitro(ahead)), ErrorCode::kStale);
}

TEST(NitroPitfalls, AnAuditTakesTheDocumentsOwnTime) {
  const auto audit = NitroExpecting(NitroTime::kAuditOfOldDocument);
  const Time years_later = kNitroNow + std::chrono::days(1000);
  const auto verified = VerifyTestNitro(SignedNitro(), TestNitro(), audit, years_later);
  ASSERT_TRUE(verified);
  EXPECT_EQ(verified->time(), NitroTime::kAuditOfOldDocument);
  // A timestamp outside the leaf's life, and one that lies ahead of the auditor.
  const Bytes outside = TestNitro().Sign(TestNitro().Document(kNitroNow + std::chrono::hours(4), NitroNonce()));
  EXPECT_EQ(NitroCode(VerifyTestNitro(outside, TestNitro(), audit, years_later)), ErrorCode::kExpired);
  EXPECT_EQ(NitroCode(VerifyTestNitro(SignedNitro(), TestNitro(), audit, kNitroNow - std::chrono::hours(1))),
            ErrorCode::kStale);
}

}  // namespace
}  // namespace cloister::evidence

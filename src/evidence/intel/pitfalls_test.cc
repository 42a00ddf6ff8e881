// One test for each mistake that verifiers of Intel quotes have made or could make.
#include <algorithm>

#include "evidence/intel/testing.h"

namespace cloister::evidence {
namespace {

constexpr IntelTee kTdx = IntelTee::kTdx;

// A TD on a platform made with `options`, verified with the platform's own collateral.
std::string VerifyOn(const SimulatedIntelOptions& options) {
  const auto platform = MakeIntel(options);
  return CodeOf(VerifyTd(platform, TdQuote(platform)));
}

// The same for a TD of the usual platform after `change`, signed.
template <class Change>
Result<VerifiedTdx> VerifyChangedTd(Change change) {
  TdReport td = TestIntel().Td(IntelNonce());
  change(td);
  return VerifyTd(TestIntel(), TestIntel().Quote(td, td.td15 ? 5 : 4));
}

// The same with another description of the quoting enclave, or of the platform.
template <class Change>
std::string VerifyWithIdentity(Change change) {
  QeIdentity identity = TestIntel().DescribeQe(kTdx);
  change(identity);
  auto collateral = TestIntel().Collateral(kTdx);
  collateral.qe_identity = TestIntel().Publish(identity);
  return CodeOf(VerifyTd(TestIntel(), TdQuote(TestIntel()), collateral));
}

template <class Change>
std::string VerifyWithInfo(Change change) {
  TcbInfo info = TestIntel().DescribeTcb(kTdx);
  change(info);
  auto collateral = TestIntel().Collateral(kTdx);
  collateral.tcb_info = TestIntel().Publish(info);
  return CodeOf(VerifyTd(TestIntel(), TdQuote(TestIntel()), collateral));
}

TEST(TdxPitfalls, QuotingEnclaveThatDoesNotNameTheAttestationKey) {
  // The attacker's own key under the QE report of an honest enclave.
  const auto& platform = TestIntel();
  IntelQuote quote = *ParseIntelQuote(TdQuote(platform));
  const auto own = crypto::SigningKey::Generate(crypto::SignatureAlgorithm::kEs256);
  quote.attestation_key = *ToArray<64>(Concat({own.Public().EcX(), own.Public().EcY()}));
  quote.signature = *ToArray<64>(own.Sign(quote.signed_part));
  EXPECT_EQ(CodeOf(VerifyTd(platform, SerializeIntelQuote(quote))), "untrusted");
}

TEST(TdxPitfalls, QuotingEnclavesReportDataWithMoreThanTheDigest) {
  const auto& platform = TestIntel();
  IntelQuote quote = *ParseIntelQuote(TdQuote(platform));
  quote.qe_report.report_data[63] = 1;
  quote.qe_report_bytes = *ToArray<kSgxReportSize>(SerializeSgxReport(quote.qe_report));
  quote.qe_report_signature = *ToArray<64>(platform.pck_key.Sign(quote.qe_report_bytes));
  EXPECT_EQ(CodeOf(VerifyTd(platform, SerializeIntelQuote(quote))), "untrusted");
}

TEST(TdxPitfalls, Version5ReadAsVersion4OrBack) {
  const auto& platform = TestIntel();
  for (const std::uint16_t version : {std::uint16_t{4}, std::uint16_t{5}}) {
    Bytes quote = platform.Quote(platform.Td(IntelNonce()), version);
    quote[0] ^= 1;
    EXPECT_FALSE(VerifyTd(platform, quote).has_value());
  }
}

TEST(TdxPitfalls, BodyDescriptorLeftUnsigned) {
  const auto& platform = TestIntel();
  IntelQuote quote = *ParseIntelQuote(platform.Quote(platform.Td(IntelNonce()), 5));
  Bytes without = quote.signed_part;
  without.erase(without.begin() + 48, without.begin() + 54);
  quote.signature = *ToArray<64>(platform.attestation_key.Sign(without));
  EXPECT_EQ(CodeOf(VerifyTd(platform, SerializeIntelQuote(quote))), "untrusted");
}

TEST(TdxPitfalls, CollateralOfTheOtherTee) {
  const auto sgx = TestIntel().Collateral(IntelTee::kSgx);
  auto collateral = TestIntel().Collateral(kTdx);
  collateral.tcb_info = sgx.tcb_info;
  EXPECT_EQ(CodeOf(VerifyTd(TestIntel(), TdQuote(TestIntel()), collateral)), "mismatch");
  collateral = TestIntel().Collateral(kTdx);
  collateral.qe_identity = sgx.qe_identity;
  EXPECT_EQ(CodeOf(VerifyTd(TestIntel(), TdQuote(TestIntel()), collateral)), "mismatch");
}

TEST(TdxPitfalls, JsonThatIsWrittenAgainBeforeItsSignatureIsChecked) {
  const auto& platform = TestIntel();
  const std::string body = platform.Publish(platform.DescribeTcb(kTdx));
  const std::string inner(ParseTcbInfo(body)->signed_bytes);
  auto collateral = platform.Collateral(kTdx);
  // The same value with spaces: only what was signed verifies.
  collateral.tcb_info = Replaced(body, "\"tcbType\":0", "\"tcbType\": 0");
  EXPECT_EQ(CodeOf(VerifyTd(platform, TdQuote(platform), collateral)), "untrusted");
  collateral.tcb_info = platform.PublishText("tcbInfo", Replaced(inner, "\"tcbType\":0", "\"tcbType\" : 0 "));
  EXPECT_EQ(CodeOf(VerifyTd(platform, TdQuote(platform), collateral)), "accepted");
}

TEST(TdxPitfalls, DuplicateJsonKeys) {
  const auto& platform = TestIntel();
  const std::string body = platform.Publish(platform.DescribeTcb(kTdx));
  const std::string inner(ParseTcbInfo(body)->signed_bytes);
  auto collateral = platform.Collateral(kTdx);
  const std::string twice = "{\"tcbEvaluationDataNumber\":99," + inner.substr(1);
  collateral.tcb_info = platform.PublishText("tcbInfo", twice);
  EXPECT_EQ(CodeOf(VerifyTd(platform, TdQuote(platform), collateral)), "malformed");
  // A second signed object in front of the one that is read.
  collateral.tcb_info = "{\"tcbInfo\":" + inner + "," + body.substr(1);
  EXPECT_EQ(CodeOf(VerifyTd(platform, TdQuote(platform), collateral)), "malformed");
}

TEST(TdxPitfalls, DebugTdsSayThatTheyAre) {
  const auto debug = VerifyChangedTd([](TdReport& td) { td.td_attributes[0] = 1; });
  ASSERT_TRUE(debug.has_value());
  EXPECT_EQ(*debug->Claims().GetBool("debug"), true);
  EXPECT_EQ(*(*debug->Claims().GetObject("td_attributes"))->GetBool("debug"), true);
}

TEST(TdxPitfalls, ReservedAttributesThatWouldBeAsBadAsDebug) {
  for (const unsigned bit : {1, 4, 6, 7}) {
    const auto verified =
        VerifyChangedTd([&](TdReport& td) { td.td_attributes[0] = static_cast<std::uint8_t>(1U << bit); });
    EXPECT_EQ(CodeOf(verified), "unsupported") << bit;
  }
}

TEST(TdxPitfalls, CollateralPastItsNextUpdate) {
  for (const auto change : {0, 1, 2, 3}) {
    const auto& platform = TestIntel();
    auto late = platform.options;
    late.next_update = kIntelNow - Seconds(1);
    auto info = platform.DescribeTcb(kTdx);
    auto identity = platform.DescribeQe(kTdx);
    auto collateral = platform.Collateral(kTdx);
    info.next_update = identity.next_update = late.next_update;
    crypto::CrlBuilder list;
    list.Updates(late.issue_date, late.next_update);
    if (change == 0) collateral.tcb_info = platform.Publish(info);
    if (change == 1) collateral.qe_identity = platform.Publish(identity);
    if (change == 2) collateral.root_crl = list.Sign(platform.root, platform.root_key)->Der();
    if (change == 3) collateral.pck_crl = list.Sign(platform.ca, platform.ca_key)->Der();
    EXPECT_EQ(CodeOf(VerifyTd(platform, TdQuote(platform), collateral)), "expired") << change;
  }
}

TEST(TdxPitfalls, TcbSigningCertificateRenewedWithTheSameKeyAndSerial) {
  const auto& platform = TestIntel();
  crypto::CertificateBuilder builder(platform.tcb_key.Public());
  builder.SubjectCommonName("SIMULATED Intel SGX TCB Signing").Serial(platform.tcb_signer.Serial());
  builder.Validity(kIntelNow - std::chrono::days(1), kIntelNow + std::chrono::days(1));
  const auto renewed = *builder.Sign(platform.root, platform.root_key);
  auto collateral = platform.Collateral(kTdx);
  collateral.tcb_info_issuer_chain = renewed.Pem() + platform.root.Pem();
  EXPECT_EQ(CodeOf(VerifyTd(platform, TdQuote(platform), collateral)), "accepted");
}

TEST(TdxPitfalls, OutOfDateIsNeitherRefusedNorHidden) {
  auto options = IntelTestOptions();
  options.pck.tcb_components.fill(6);
  const auto platform = MakeIntel(options);
  const auto verified = VerifyTd(platform, TdQuote(platform));
  ASSERT_TRUE(verified.has_value()) << verified.error().ToText();
  const auto claims = verified->Claims();
  EXPECT_EQ(*claims.GetString("tcb_status"), "OutOfDate");
  EXPECT_EQ(*claims.GetStrings("advisory_ids"), (std::vector<std::string>{"INTEL-SA-00960", "INTEL-SA-01036"}));
  EXPECT_EQ(*claims.GetString("tcb_date"), "2024-03-13T00:00:00Z");
}

TEST(TdxPitfalls, PlatformsThatAreRevokedOrBelowEveryLevel) {
  auto options = IntelTestOptions();
  options.pck.tcb_components.fill(4);
  EXPECT_EQ(VerifyOn(options), "revoked");
  options.pck.tcb_components.fill(3);
  EXPECT_EQ(VerifyOn(options), "mismatch");
  options = IntelTestOptions();
  options.pck.tcb_components[15] = 3;  // one component is enough
  EXPECT_EQ(VerifyOn(options), "mismatch");
  options = IntelTestOptions();
  options.pck.pce_svn = 4;
  EXPECT_EQ(VerifyOn(options), "mismatch");
}

TEST(TdxPitfalls, TdxComponents0And1ComparedAlthoughAModuleIdentityApplies) {
  // Under identity TDX_01 with ISVSVN 3: component 0 is 5 in every level, and must not count.
  const auto verified = VerifyChangedTd([](TdReport& td) { td.tee_tcb_svn = {3, 1, 2}; });
  ASSERT_TRUE(verified.has_value()) << verified.error().ToText();
  EXPECT_EQ(verified->platform().tcb()->platform->status, TcbStatus::kUpToDate);
  EXPECT_EQ(verified->platform().tcb()->status, TcbStatus::kOutOfDate);
  // Without an identity it does count.
  EXPECT_EQ(CodeOf(VerifyChangedTd([](TdReport& td) { td.tee_tcb_svn = {3, 0, 2}; })), "mismatch");
  EXPECT_EQ(CodeOf(VerifyChangedTd([](TdReport& td) { td.tee_tcb_svn = {5, 0, 2}; })), "accepted");
}

TEST(TdxPitfalls, ModulesThatAreUnknownRevokedOrNotIntels) {
  EXPECT_EQ(CodeOf(VerifyChangedTd([](TdReport& td) { td.tee_tcb_svn = {5, 2, 2}; })), "mismatch");
  EXPECT_EQ(CodeOf(VerifyChangedTd([](TdReport& td) { td.tee_tcb_svn = {2, 1, 2}; })), "revoked");
  EXPECT_EQ(CodeOf(VerifyChangedTd([](TdReport& td) { td.tee_tcb_svn = {1, 1, 2}; })), "mismatch");
  EXPECT_EQ(CodeOf(VerifyChangedTd([](TdReport& td) { td.mr_signer_seam[47] = 1; })), "mismatch");
  EXPECT_EQ(CodeOf(VerifyChangedTd([](TdReport& td) { td.seam_attributes[7] = 1; })), "mismatch");
}

TEST(TdxPitfalls, FmspcInSmallOrCapitalLetters) {
  const auto& platform = TestIntel();
  const std::string inner(ParseTcbInfo(platform.Publish(platform.DescribeTcb(kTdx)))->signed_bytes);
  auto collateral = platform.Collateral(kTdx);
  collateral.tcb_info = platform.PublishText("tcbInfo", Replaced(inner, "51A06F000000", "51a06f000000"));
  EXPECT_EQ(CodeOf(VerifyTd(platform, TdQuote(platform), collateral)), "accepted");
}

TEST(TdxPitfalls, TcbInfoOfAnotherPlatform) {
  EXPECT_EQ(VerifyWithInfo([](TcbInfo& info) { info.fmspc[5] = 1; }), "mismatch");
  EXPECT_EQ(VerifyWithInfo([](TcbInfo& info) { info.pce_id[1] = 1; }), "mismatch");
}

TEST(TdxPitfalls, OldTcbInfoWithAnEarlierEvaluationNumber) {
  EXPECT_EQ(VerifyWithInfo([](TcbInfo& info) { info.evaluation_number = 16; }), "stale");
  EXPECT_EQ(VerifyWithIdentity([](QeIdentity& identity) { identity.evaluation_number = 16; }), "stale");
}

TEST(TdxPitfalls, RootOfTheQuoteAsTrustAnchor) {
  const auto& platform = TestIntel();
  EXPECT_EQ(CodeOf(VerifyTdx(TdQuote(platform), platform.Collateral(kTdx), TrustAnchors::Vendors(), ExpectingTd(),
                             kIntelNow)),
            "untrusted");
}

TEST(TdxPitfalls, RootOfTheSameNameWithAnotherKey) {
  // Same names all the way, another root key: as in the samples that Intel's own library ships.
  const auto look_alike = MakeIntel(IntelTestOptions());
  ASSERT_EQ(look_alike.root.SubjectDer(), TestIntel().root.SubjectDer());
  EXPECT_EQ(CodeOf(VerifyTd(TestIntel(), TdQuote(look_alike), look_alike.Collateral(kTdx))), "untrusted");
}

TEST(TdxPitfalls, OneCertificateInTheRoleOfAnother) {
  const auto& platform = TestIntel();
  // The PCK's CA, or a PCK, signs TCB info.
  auto collateral = platform.Collateral(kTdx);
  collateral.tcb_info_issuer_chain = platform.ca.Pem() + platform.root.Pem();
  EXPECT_EQ(CodeOf(VerifyTd(platform, TdQuote(platform), collateral)), "untrusted");
  collateral.tcb_info_issuer_chain = platform.pck.Pem() + platform.ca.Pem();
  EXPECT_EQ(CodeOf(VerifyTd(platform, TdQuote(platform), collateral)), "untrusted");
  collateral.tcb_info_issuer_chain = platform.root.Pem() + platform.root.Pem();
  EXPECT_EQ(CodeOf(VerifyTd(platform, TdQuote(platform), collateral)), "untrusted");
  // The TCB signer vouches for a quoting enclave.
  IntelQuote quote = platform.Prepare(platform.Td(IntelNonce()), 4);
  quote.certification = ToBytes(platform.tcb_signer.Pem() + platform.ca.Pem() + platform.root.Pem());
  EXPECT_EQ(CodeOf(VerifyTd(platform, platform.Sign(quote))), "untrusted");
}

TEST(TdxPitfalls, ChainsWithMoreOrFewerCertificates) {
  const auto& platform = TestIntel();
  const auto with = [&](const std::string& chain) {
    IntelQuote quote = platform.Prepare(platform.Td(IntelNonce()), 4);
    quote.certification = ToBytes(chain);
    return CodeOf(VerifyTd(platform, platform.Sign(quote)));
  };
  const std::string pck = platform.pck.Pem(), ca = platform.ca.Pem(), root = platform.root.Pem();
  EXPECT_EQ(with(pck + ca + root), "accepted");  // no NUL
  EXPECT_EQ(with(pck + ca + root + '\0'), "accepted");
  EXPECT_EQ(with(pck + root + ca), "accepted");  // as early quoting libraries wrote it
  EXPECT_EQ(with(ca + pck + root), "untrusted");
  EXPECT_EQ(with(pck + ca), "malformed");
  EXPECT_EQ(with(pck + pck + ca + root), "malformed");
  EXPECT_EQ(with(""), "malformed");
  EXPECT_EQ(with(pck + ca + root + std::string(40000, '\n')), "limit");
}

TEST(TdxPitfalls, RevokedCertificatesOfEachKind) {
  for (const int kind : {0, 1, 2}) {
    auto options = IntelTestOptions();
    options.revoke_pck = kind == 0;
    options.revoke_ca = kind == 1;
    options.revoke_tcb_signer = kind == 2;
    EXPECT_EQ(VerifyOn(options), "revoked") << kind;
  }
}

TEST(TdxPitfalls, ListsOfAnotherIssuer) {
  const auto& platform = TestIntel();
  auto collateral = platform.Collateral(kTdx);
  std::swap(collateral.root_crl, collateral.pck_crl);
  EXPECT_EQ(CodeOf(VerifyTd(platform, TdQuote(platform), collateral)), "untrusted");
  // A real list of another CA's, such as the Processor CA's for a PCK of the Platform CA.
  auto processor = IntelTestOptions();
  processor.platform_ca = false;
  collateral = platform.Collateral(kTdx);
  collateral.pck_crl = MakeIntel(processor).pck_crl.Der();
  EXPECT_EQ(CodeOf(VerifyTd(platform, TdQuote(platform), collateral)), "untrusted");
}

TEST(TdxPitfalls, QuotingEnclavesThatAreNotIntelsOrNotCurrent) {
  auto options = IntelTestOptions();
  options.qe_debug = true;
  EXPECT_EQ(VerifyOn(options), "mismatch");
  EXPECT_EQ(VerifyWithIdentity([](QeIdentity& identity) { identity.mr_signer[0] ^= 1; }), "mismatch");
  EXPECT_EQ(VerifyWithIdentity([](QeIdentity& identity) { identity.isv_prod_id = 1; }), "mismatch");
  for (const auto& [svn, code] : {std::pair{6, "accepted"}, {4, "revoked"}, {3, "mismatch"}}) {
    options = IntelTestOptions();
    options.qe_isv_svn = static_cast<std::uint16_t>(svn);
    EXPECT_EQ(VerifyOn(options), code) << svn;
  }
}

TEST(TdxPitfalls, MiscselectComparedInTheOrderOfItsBytes) {
  // 01000000 in the identity is bit 0 of the report: text of the bytes as they lie in memory.
  const auto& platform = TestIntel();
  IntelQuote quote = platform.Prepare(platform.Td(IntelNonce()), 4);
  quote.qe_report.misc_select = {1, 0, 0, 0};
  const Bytes bytes = platform.Sign(quote);
  const auto verify = [&](std::array<std::uint8_t, 4> misc_select) {
    QeIdentity identity = platform.DescribeQe(kTdx);
    identity.misc_select = misc_select;
    auto collateral = platform.Collateral(kTdx);
    collateral.qe_identity = platform.Publish(identity);
    return CodeOf(VerifyTd(platform, bytes, collateral));
  };
  EXPECT_EQ(verify({1, 0, 0, 0}), "accepted");
  EXPECT_EQ(verify({0, 0, 0, 1}), "mismatch");
  EXPECT_EQ(verify({0, 0, 0, 0}), "mismatch");
}

TEST(TdxPitfalls, LengthsThatOverflow32Bits) {
  const Bytes quote = TdQuote(TestIntel());
  const std::size_t data = 48 + kTdReport10Size;  // sig_data_len; then the lengths of QE part and certification data
  for (const std::size_t at : {data, data + 4 + 130, data + 4 + 134 + 450 + 32 + 2}) {
    for (const std::uint8_t first : {std::uint8_t{0xFF}, std::uint8_t{0xC0}, std::uint8_t{0}}) {
      Bytes changed = quote;
      changed[at] = first;
      for (std::size_t i = 1; i < 4; ++i) changed[at + i] = 0xFF;
      EXPECT_EQ(CodeOf(VerifyTd(TestIntel(), changed)), "malformed") << at;
    }
  }
}

TEST(SgxPitfalls, CertificationType3NamesThePckCertificateOnly) {
  const auto& platform = TestIntel();
  for (const unsigned type : {1, 2, 3}) {
    IntelQuote quote = platform.Prepare(platform.Enclave(IntelNonce()), 3);
    quote.certification_type = static_cast<std::uint16_t>(type);
    EXPECT_EQ(CodeOf(VerifySgx(platform.Sign(quote), platform.Collateral(IntelTee::kSgx), AnchorsNaming(platform),
                               ExpectingSgx(), kIntelNow)),
              "not-found");
  }
  IntelQuote quote = platform.Prepare(platform.Enclave(IntelNonce()), 3);
  quote.certification_type = 7;
  EXPECT_EQ(CodeOf(VerifySgx(platform.Sign(quote), platform.Collateral(IntelTee::kSgx), AnchorsNaming(platform),
                             ExpectingSgx(), kIntelNow)),
            "unsupported");
}

TEST(SgxPitfalls, DebugEnclavesSayThatTheyAre) {
  const auto& platform = TestIntel();
  SgxReport enclave = platform.Enclave(IntelNonce());
  enclave.attributes[0] |= 0x02;
  const auto verified = VerifySgx(platform.Quote(enclave, 3), platform.Collateral(IntelTee::kSgx),
                                  AnchorsNaming(platform), ExpectingSgx(), kIntelNow);
  ASSERT_TRUE(verified.has_value());
  EXPECT_EQ(*verified->Claims().GetBool("debug"), true);
}

TEST(SgxPitfalls, TdsQuoteTakenForAnEnclaves) {
  const auto& platform = TestIntel();
  EXPECT_EQ(CodeOf(VerifySgx(TdQuote(platform), platform.Collateral(kTdx), AnchorsNaming(platform), ExpectingSgx(),
                             kIntelNow)),
            "mismatch");
  EXPECT_EQ(CodeOf(VerifyTd(platform, platform.Quote(platform.Enclave(IntelNonce()), 4))), "mismatch");
}

}  // namespace
}  // namespace cloister::evidence

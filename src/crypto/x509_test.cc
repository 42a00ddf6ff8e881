#include "crypto/x509.h"

#include <gtest/gtest.h>

#include "base/file.h"
#include "crypto/x509_builder.h"

namespace cloister::crypto {
namespace {

using enum SignatureAlgorithm;

Time At(std::string_view text) { return *FromRfc3339(text); }
const Time kNow = At("2026-01-01T00:00:00Z");

Result<Bytes> Shared(const std::string& name) {
  return ReadFile(std::string(CLOISTER_SHARED_DIR) + "/vectors/_common/" + name, std::size_t{1} << 20);
}

class AmdChain : public testing::Test {
 protected:
  void SetUp() override {
    for (const std::string product : {"milan", "genoa", "turin"}) {
      const Result<Bytes> ark = Shared("amd_ark_" + product + ".der"), ask = Shared("amd_sev_" + product + ".der");
      if (!ark || !ask) GTEST_SKIP() << "shared vectors are absent";
      arks_.push_back(*Certificate::ParseDer(*ark));
      asks_.push_back(*Certificate::ParseDer(*ask));
    }
  }
  std::vector<Certificate> arks_, asks_;
};

TEST_F(AmdChain, VerifiesRsaPssAndRefusesOtherProducts) {
  for (std::size_t i = 0; i < arks_.size(); ++i) {
    for (std::size_t j = 0; j < arks_.size(); ++j) {
      EXPECT_EQ(asks_[i].VerifySignedBy(arks_[j]).has_value(), i == j);
      EXPECT_EQ(VerifyChain({&asks_[i], 1}, {&arks_[j], 1}, kNow).has_value(), i == j);
    }
    EXPECT_TRUE(arks_[i].VerifySignedBy(arks_[i]));
    EXPECT_TRUE(arks_[i].IsCa());
    EXPECT_TRUE(arks_[i].PublicKey(kPs384));
    EXPECT_EQ(VerifyChain({&asks_[i], 1}, {&arks_[i], 1}, At("2060-01-01T00:00:00Z")).error().code(),
              ErrorCode::kExpired);
  }
}

TEST_F(AmdChain, ReadsFields) {
  EXPECT_EQ(asks_[0].SubjectCommonName(), "SEV-Milan");
  EXPECT_EQ(asks_[0].IssuerCommonName(), "ARK-Milan");
  EXPECT_EQ(asks_[0].IssuerDer(), arks_[0].SubjectDer());
  EXPECT_EQ(asks_[0].SubjectText(), "CN=SEV-Milan,O=Advanced Micro Devices,ST=CA,L=Santa Clara,C=US,OU=Engineering");
  EXPECT_EQ(asks_[0].IssuerText(), arks_[0].SubjectText());
  EXPECT_EQ(arks_[0].ExtensionOids(), (std::vector<std::string>{"2.5.29.15", "2.5.29.14", "2.5.29.19", "2.5.29.31"}));
  EXPECT_EQ(asks_[0].NotBefore(), At("2020-10-22T18:24:20Z"));
  EXPECT_EQ(asks_[0].NotAfter(), At("2045-10-22T18:24:20Z"));
  EXPECT_TRUE(arks_[0].Usage()->key_cert_sign);
  EXPECT_TRUE(arks_[0].Extension("2.5.29.14")->has_value());
  EXPECT_FALSE(arks_[0].Extension("1.2.3.4")->has_value());
  EXPECT_EQ(arks_[0].Extension("no oid").error().code(), ErrorCode::kUsage);
}

TEST_F(AmdChain, RefusesAChangedCertificate) {
  for (std::size_t i = 0; i < asks_[0].Der().size(); i += 37) {
    Bytes changed = asks_[0].Der();
    changed[i] ^= 1;
    const Result<Certificate> parsed = Certificate::ParseDer(changed);
    EXPECT_TRUE(!parsed || !parsed->VerifySignedBy(arks_[0])) << i;
  }
  for (std::size_t i = 0; i < asks_[0].Der().size(); i += 11) {
    EXPECT_EQ(Certificate::ParseDer(ByteSpan(asks_[0].Der()).first(i)).error().code(), ErrorCode::kMalformed);
  }
  EXPECT_EQ(Certificate::ParseDer(Concat({asks_[0].Der(), Bytes(1)})).error().code(), ErrorCode::kMalformed);
}

TEST_F(AmdChain, ChecksTheRevocationList) {
  const Crl crl = *Crl::ParseDer(*Shared("amd_crl_ark_milan.crl"));
  EXPECT_TRUE(VerifyNotRevoked(asks_[0], arks_[0], crl, kNow));
  EXPECT_EQ(crl.ThisUpdate(), At("2025-05-06T12:39:06Z"));
  EXPECT_EQ(crl.NextUpdate(), At("2026-05-12T00:00:00Z"));
  EXPECT_EQ(VerifyNotRevoked(asks_[0], arks_[0], crl, At("2026-05-12T00:00:01Z")).error().code(), ErrorCode::kExpired);
  EXPECT_EQ(crl.VerifySignedBy(arks_[1]).error().code(), ErrorCode::kUntrusted);
  Bytes changed = crl.Der();
  changed[changed.size() - 1] ^= 1;
  EXPECT_EQ(Crl::ParseDer(changed)->VerifySignedBy(arks_[0]).error().code(), ErrorCode::kUntrusted);
}

// A chain of three as AMD makes it: RSA-PSS roots, a P-384 leaf with private extensions.
class BuiltChain : public testing::Test {
 protected:
  struct Chain {
    SigningKey root_key = *SigningKey::GenerateRsa(kPs384, 2048);
    SigningKey middle_key = *SigningKey::GenerateRsa(kPs384, 2048);
    SigningKey leaf_key = SigningKey::Generate(kEs384);
    Certificate root = *CertificateBuilder(root_key.Public())
                            .AddSubjectAttribute("O", "Maker")
                            .SubjectCommonName("Root")
                            .Validity(At("2020-01-01T00:00:00Z"), At("9999-12-31T23:59:59Z"))
                            .CertificateAuthority(1)
                            .SelfSign(root_key);
    Certificate middle = *CertificateBuilder(middle_key.Public())
                              .SubjectCommonName("Middle")
                              .Validity(At("2020-01-01T00:00:00Z"), At("2045-01-01T00:00:00Z"))
                              .CertificateAuthority(0)
                              .Sign(root, root_key);
    Certificate leaf = *Leaf().Sign(middle, middle_key);
    CertificateBuilder Leaf() const {
      CertificateBuilder builder(leaf_key.Public());
      builder.SubjectCommonName("Leaf")
          .Validity(At("2024-01-01T00:00:00Z"), At("2031-01-01T00:00:00Z"))
          .Plain()
          .Extension("1.3.6.1.4.1.3704.1.3.1", Bytes{2, 1, 7});
      return builder;
    }
  };
  static const Chain& Made() {
    static const Chain chain;
    return chain;
  }
  static Result<void> Verify(std::vector<Certificate> chain, Time now) {
    return VerifyChain(chain, {&Made().root, 1}, now);
  }
};

TEST_F(BuiltChain, VerifiesAndReadsBack) {
  const Chain& c = Made();
  EXPECT_TRUE(Verify({c.leaf, c.middle}, kNow));
  EXPECT_TRUE(Verify({c.leaf, c.middle, c.root}, kNow));
  EXPECT_EQ(c.root.NotAfter(), At("9999-12-31T23:59:59Z"));
  EXPECT_EQ(*c.root.PathLength(), 1u);
  EXPECT_FALSE(c.leaf.IsCa());
  EXPECT_EQ(**c.leaf.Extension("1.3.6.1.4.1.3704.1.3.1"), (Bytes{2, 1, 7}));
  EXPECT_EQ(c.leaf.PublicKey()->algorithm(), kEs384);
  EXPECT_EQ(*c.leaf.PublicKey(), c.leaf_key.Public());
  EXPECT_EQ(*c.middle.PublicKey(kPs384), c.middle_key.Public());
  const std::vector<Certificate> read = *Certificate::ParsePemChain(c.leaf.Pem() + "text\n" + c.middle.Pem());
  ASSERT_EQ(read.size(), 2u);
  EXPECT_EQ(read[1], c.middle);
  EXPECT_EQ(*Certificate::ParsePem(c.root.Pem()), c.root);
  EXPECT_EQ(Certificate::ParsePem("nothing").error().code(), ErrorCode::kMalformed);
}

TEST_F(BuiltChain, ComparesSerialsAsItGivesThem) {
  for (const Bytes& serial : {Bytes{0}, Bytes{1}, Bytes{0, 0x7F, 1}, Bytes{0x80}, Bytes(20, 0x7F)}) {
    const Certificate one = *Made().Leaf().Serial(serial).Sign(Made().middle, Made().middle_key);
    EXPECT_TRUE(one.HasSerial(one.Serial()));
    EXPECT_FALSE(one.HasSerial(Concat({one.Serial(), Bytes{1}})));
    EXPECT_FALSE(one.HasSerial(Bytes{2}));
  }
}

TEST_F(BuiltChain, RefusesWhatDoesNotChain) {
  const Chain& c = Made();
  EXPECT_EQ(Verify({}, kNow).error().code(), ErrorCode::kUsage);
  EXPECT_EQ(Verify({c.leaf}, kNow).error().code(), ErrorCode::kUntrusted);
  EXPECT_EQ(Verify({c.leaf, c.root}, kNow).error().code(), ErrorCode::kUntrusted);
  EXPECT_EQ(Verify({c.middle, c.leaf}, kNow).error().code(), ErrorCode::kUntrusted);
  EXPECT_EQ(Verify({c.leaf, c.middle}, At("2032-01-01T00:00:00Z")).error().code(), ErrorCode::kExpired);
  EXPECT_EQ(Verify({c.leaf, c.middle}, At("2023-01-01T00:00:00Z")).error().code(), ErrorCode::kExpired);
  EXPECT_EQ(c.leaf.CheckValidity(At("2032-01-01T00:00:00Z")).error().code(), ErrorCode::kExpired);
  const Certificate same_name = *c.Leaf().Sign(c.middle, c.root_key);
  EXPECT_EQ(Verify({same_name, c.middle}, kNow).error().code(), ErrorCode::kUntrusted);
  EXPECT_EQ(VerifyChain({&c.leaf, 1}, {}, kNow).error().code(), ErrorCode::kUntrusted);
}

TEST_F(BuiltChain, RefusesIssuersThatMayNotSign) {
  const Chain& c = Made();
  const SigningKey key = SigningKey::Generate(kEs256);
  const auto with = [&](CertificateBuilder&& builder) {
    return std::move(builder.SubjectCommonName("X").Validity(kNow, At("2030-01-01T00:00:00Z")));
  };
  const Certificate by_leaf = *with(CertificateBuilder(key.Public())).Sign(c.leaf, c.leaf_key);
  EXPECT_EQ(Verify({by_leaf, c.leaf, c.middle}, kNow).error().code(), ErrorCode::kUntrusted);
  // The middle's path length is 0, so another authority under it is one too many.
  const Certificate deeper =
      *with(CertificateBuilder(key.Public())).CertificateAuthority({}).Sign(c.middle, c.middle_key);
  const Certificate under = *with(CertificateBuilder(key.Public())).Sign(deeper, key);
  EXPECT_EQ(Verify({under, deeper, c.middle}, kNow).error().code(), ErrorCode::kUntrusted);
  const Certificate critical =
      *with(CertificateBuilder(key.Public())).Extension("1.2.3.4", Bytes{5, 0}, true).Sign(c.middle, c.middle_key);
  EXPECT_EQ(Verify({critical, c.middle}, kNow).error().code(), ErrorCode::kUntrusted);
}

TEST_F(BuiltChain, RevocationListNamesTheLeaf) {
  const Chain& c = Made();
  const auto list = [&](bool revoke) {
    CrlBuilder builder;
    builder.Updates(kNow, At("2027-01-01T00:00:00Z")).Number(3);
    if (revoke) builder.Revoke(c.leaf.Serial(), kNow);
    return *builder.Sign(c.middle, c.middle_key);
  };
  EXPECT_TRUE(VerifyNotRevoked(c.leaf, c.middle, list(false), kNow));
  EXPECT_EQ(VerifyNotRevoked(c.leaf, c.middle, list(true), kNow).error().code(), ErrorCode::kRevoked);
  EXPECT_EQ(VerifyNotRevoked(c.leaf, c.middle, list(true), At("2028-01-01T00:00:00Z")).error().code(),
            ErrorCode::kExpired);
  EXPECT_EQ(list(true).VerifySignedBy(c.root).error().code(), ErrorCode::kUntrusted);
}

TEST(TlsCertificate, NamesItsHosts) {
  const SigningKey key = SigningKey::Generate(kEs256);
  const std::vector<std::string> names = {"localhost", "127.0.0.1", "::1", "room.example"};
  const Certificate certificate = *MakeTlsCertificate(key, names, kNow, At("2027-01-01T00:00:00Z"));
  EXPECT_TRUE(VerifyChain({&certificate, 1}, {&certificate, 1}, kNow));
  EXPECT_TRUE(certificate.Extension("2.5.29.17")->has_value());
  const std::vector<std::string> bad = {"a,DNS:b"};
  EXPECT_EQ(MakeTlsCertificate(key, bad, kNow, kNow).error().code(), ErrorCode::kUsage);
  EXPECT_EQ(MakeTlsCertificate(key, {}, kNow, kNow).error().code(), ErrorCode::kUsage);
}

TEST(CertificateBuilder, SaysWhatIsMissing) {
  const SigningKey key = SigningKey::Generate(kEdDsa);
  EXPECT_EQ(CertificateBuilder(key.Public()).SelfSign(key).error().code(), ErrorCode::kUsage);
  EXPECT_EQ(CertificateBuilder(key.Public()).SubjectCommonName("a").SelfSign(key).error().code(), ErrorCode::kUsage);
  EXPECT_EQ(CrlBuilder()
                .Sign(*CertificateBuilder(key.Public()).SubjectCommonName("a").Validity(kNow, kNow).SelfSign(key), key)
                .error()
                .code(),
            ErrorCode::kUsage);
}

}  // namespace
}  // namespace cloister::crypto

#include "collateral/testing.h"
#include "crypto/ocsp_builder.h"

namespace cloister::collateral {
namespace {

using crypto::Certificate;
using crypto::SigningKey;

// SIMULATED: a device root, an identity CA under it, and what the root's responder says about that.
class Ocsp : public testing::Test {
 protected:
  Ocsp()
      : root_(*TestIntel::Named(root_key_, "SIMULATED NVIDIA Device Identity CA").CertificateAuthority(std::nullopt).SelfSign(root_key_)),
        ca_(*TestIntel::Named(ca_key_, "SIMULATED NVIDIA GH100 Identity").CertificateAuthority(0).Sign(root_, root_key_)) {}

  Item Answered(const crypto::OcspAnswer& answer) const {
    const auto response = *crypto::MakeOcspResponse(ca_, root_, root_, root_key_, answer);
    return {.kind = Kind::kNvidiaOcsp, .key = ToHex(root_.Fingerprint()) + "/" + ToHex(ca_.Serial()), .body = response.Der(),
            .issuers = ToBytes(ca_.Pem() + root_.Pem()), .source = "test"};
  }
  Item Good() const { return Answered({.this_update = kTestNow - kDay, .next_update = kTestNow + kDay}); }
  Result<CheckedItem> Check(const Item& item, Time at = kTestNow) const {
    evidence::SimulatedAnchors simulated;
    EXPECT_TRUE(simulated.Add(evidence::SimulatedRoot{evidence::RootUse::kNvidiaDevice, root_}));
    const crypto::Sha256Digest named[] = {root_.Fingerprint()};
    return CheckItem(item, *evidence::TrustAnchors::VendorsAndSimulated(simulated, named), at);
  }

  SigningKey root_key_ = SigningKey::Generate(crypto::SignatureAlgorithm::kEs384);
  SigningKey ca_key_ = SigningKey::Generate(crypto::SignatureAlgorithm::kEs384);
  Certificate root_, ca_;
};

TEST_F(Ocsp, RefusesRevokedAndUnknownCertificates) {
  crypto::OcspAnswer answer{.status = crypto::OcspStatus::kRevoked, .this_update = kTestNow - kDay, .next_update = kTestNow + kDay};
  answer.revoked_at = kTestNow - kDay;
  EXPECT_EQ(Check(Answered(answer)).error().code(), ErrorCode::kRevoked);
  answer.status = crypto::OcspStatus::kUnknown;
  EXPECT_EQ(Check(Answered(answer)).error().code(), ErrorCode::kUntrusted);
}

TEST_F(Ocsp, RefusesAnAnswerWithoutAnEnd) {
  EXPECT_EQ(Check(Answered({.this_update = kTestNow - kDay, .next_update = std::nullopt})).error().code(), ErrorCode::kMalformed);
}

TEST_F(Ocsp, RefusesOtherCertificatesThanTheKeyNames) {
  Item item = Good();
  item.key.back() = item.key.back() == '0' ? '1' : '0';
  EXPECT_EQ(Check(item).error().code(), ErrorCode::kMismatch);
  item = Good();
  item.issuers = ToBytes(ca_.Pem());
  EXPECT_EQ(Check(item).error().code(), ErrorCode::kMalformed);
  EXPECT_EQ(CheckItem(Good(), TestAnchors(), kTestNow).error().code(), ErrorCode::kUntrusted) << "no anchor";
}

TEST_F(Ocsp, RefusesAnotherIssuersAnswer) {
  const SigningKey other_key = SigningKey::Generate(crypto::SignatureAlgorithm::kEs384);
  const Certificate other = *TestIntel::Named(other_key, "SIMULATED NVIDIA Device Identity CA").CertificateAuthority(std::nullopt).SelfSign(other_key);
  Item item = Good();
  item.body = crypto::MakeOcspResponse(ca_, root_, other, other_key, {.this_update = kTestNow - kDay, .next_update = kTestNow + kDay})->Der();
  EXPECT_FALSE(Check(item));
}

TEST_F(Ocsp, RefusesEveryCut) {
  const Item item = Good();
  for (std::size_t size = 1; size < item.body.size(); size += 5) {
    Item cut = item;
    cut.body.resize(size);
    EXPECT_FALSE(Check(cut)) << size;
  }
}

TEST_F(Ocsp, HoldsUntilTheNextAnswer) {
  const auto checked = Check(Good());
  ASSERT_TRUE(checked) << checked.error().ToText();
  EXPECT_EQ(checked->window().not_after, kTestNow + kDay);
  EXPECT_TRUE(checked->simulated());
  EXPECT_TRUE(checked->CheckAt(kTestNow));
  EXPECT_EQ(checked->CheckAt(kTestNow + kDay).error().code(), ErrorCode::kExpired);
}

}  // namespace
}  // namespace cloister::collateral

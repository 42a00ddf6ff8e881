#include "crypto/ocsp.h"

#include <gtest/gtest.h>

#include "crypto/ocsp_builder.h"
#include "crypto/x509_builder.h"

namespace cloister::crypto {
namespace {

const Time kNow = *FromRfc3339("2026-03-15T00:00:00Z");
constexpr auto kDay = std::chrono::days(1);

Certificate Authority(const SigningKey& key, std::string_view name) {
  return *CertificateBuilder(key.Public())
              .SubjectCommonName(name)
              .Validity(kNow - 10 * kDay, kNow + 10 * kDay)
              .CertificateAuthority(std::nullopt)
              .SelfSign(key);
}

Certificate Leaf(const SigningKey& key, std::string_view name, const Certificate& issuer, const SigningKey& issuer_key) {
  return *CertificateBuilder(key.Public())
              .SubjectCommonName(name)
              .Validity(kNow - 10 * kDay, kNow + 10 * kDay)
              .Sign(issuer, issuer_key);
}

// An authority, one of its certificates, and its responder.
struct World {
  SigningKey issuer_key = SigningKey::Generate(SignatureAlgorithm::kEs384);
  SigningKey leaf_key = SigningKey::Generate(SignatureAlgorithm::kEs384);
  SigningKey responder_key = SigningKey::Generate(SignatureAlgorithm::kEs384);
  Certificate issuer = Authority(issuer_key, "issuer");
  Certificate leaf = Leaf(leaf_key, "leaf", issuer, issuer_key);
  Certificate responder = Responder(kNow - kDay, kNow + kDay);

  Certificate Responder(Time from, Time to) const {
    return *MakeOcspResponder(responder_key.Public(), "responder", issuer, issuer_key, from, to);
  }
  OcspResponse Answer(const OcspAnswer& answer) const {
    return *MakeOcspResponse(leaf, issuer, responder, responder_key, answer);
  }
  Result<OcspValidity> Check(const OcspResponse& response, Time at = kNow) const {
    return VerifyNotRevoked(leaf, issuer, response, std::nullopt, at);
  }
};

const World& TheWorld() {
  static const auto* const world = new World();
  return *world;
}

OcspAnswer Good() { return {.this_update = kNow - kDay, .next_update = kNow + kDay}; }

ErrorCode CodeOf(const Result<OcspValidity>& result) {
  EXPECT_FALSE(result.has_value());
  return result ? ErrorCode::kInternal : result.error().code();
}

TEST(Ocsp, TakesAGoodAnswerOfADelegatedResponder) {
  for (const OcspIdHash hash : {OcspIdHash::kSha1, OcspIdHash::kSha384}) {
    OcspAnswer answer = Good();
    answer.id_hash = hash;
    const auto response = TheWorld().Answer(answer);
    EXPECT_EQ(response.Serial(), TheWorld().leaf.Serial());
    const auto validity = TheWorld().Check(response);
    ASSERT_TRUE(validity.has_value()) << validity.error().ToText();
    EXPECT_EQ(validity->from, kNow - kDay);
    EXPECT_EQ(validity->to, kNow + kDay);
  }
}

TEST(Ocsp, TakesAGoodAnswerOfTheIssuerItself) {
  const World& world = TheWorld();
  const auto response = MakeOcspResponse(world.leaf, world.issuer, world.issuer, world.issuer_key, Good());
  EXPECT_TRUE(world.Check(*response).has_value());
}

TEST(Ocsp, RefusesARevokedCertificateAndOneOnHoldAlike) {
  for (const int reason : {1, kCertificateHold}) {
    OcspAnswer answer = Good();
    answer.status = OcspStatus::kRevoked;
    answer.reason = reason;
    answer.revoked_at = kNow - kDay;
    const auto response = TheWorld().Answer(answer);
    EXPECT_EQ(response.revocation_reason(), reason);
    EXPECT_EQ(CodeOf(TheWorld().Check(response)), ErrorCode::kRevoked);
  }
}

TEST(Ocsp, RefusesACertificateThatItsIssuerDoesNotKnow) {
  OcspAnswer answer = Good();
  answer.status = OcspStatus::kUnknown;
  EXPECT_EQ(CodeOf(TheWorld().Check(TheWorld().Answer(answer))), ErrorCode::kUntrusted);
}

TEST(Ocsp, RefusesAnswersOutsideTheirValidity) {
  const auto response = TheWorld().Answer(Good());
  EXPECT_EQ(CodeOf(TheWorld().Check(response, kNow - kDay - Seconds(1))), ErrorCode::kExpired);
  EXPECT_EQ(CodeOf(TheWorld().Check(response, kNow + kDay + Seconds(1))), ErrorCode::kExpired);
  OcspAnswer endless = Good();
  endless.next_update = std::nullopt;
  EXPECT_EQ(CodeOf(TheWorld().Check(TheWorld().Answer(endless))), ErrorCode::kExpired);
}

TEST(Ocsp, RefusesAResponderWhoseCertificateExpired) {
  const World& world = TheWorld();
  const Certificate old = world.Responder(kNow - 3 * kDay, kNow - 2 * kDay);
  const auto response = MakeOcspResponse(world.leaf, world.issuer, old, world.responder_key, Good());
  EXPECT_EQ(CodeOf(world.Check(*response)), ErrorCode::kExpired);
}

// The extended key usages of a responder, as DER, with id-pkix-ocsp-nocheck among them or not.
Certificate ResponderWithUsages(const World& world, Bytes usages) {
  return *CertificateBuilder(world.responder_key.Public())
              .SubjectCommonName("responder")
              .Validity(kNow - kDay, kNow + kDay)
              .Extension("2.5.29.37", std::move(usages))
              .Sign(world.issuer, world.issuer_key);
}

TEST(Ocsp, TakesNoCheckAmongTheUsagesButNotItsAbsence) {
  const World& world = TheWorld();
  const Bytes signing = {0x06, 0x08, 0x2B, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x09};
  const Bytes no_check = {0x06, 0x09, 0x2B, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x01, 0x05};
  const auto check = [&](const Bytes& usages) {
    const Certificate responder = ResponderWithUsages(world, usages);
    return world.Check(*MakeOcspResponse(world.leaf, world.issuer, responder, world.responder_key, Good()));
  };
  EXPECT_TRUE(check(Concat({Bytes{0x30, 0x15}, signing, no_check})).has_value());
  EXPECT_EQ(CodeOf(check(Concat({Bytes{0x30, 0x0A}, signing}))), ErrorCode::kUntrusted);
  EXPECT_EQ(CodeOf(check(Concat({Bytes{0x30, 0x0B}, no_check}))), ErrorCode::kUntrusted);
}

TEST(Ocsp, RefusesACertificateOfTheIssuerThatIsNoResponder) {
  const World& world = TheWorld();
  const auto response = MakeOcspResponse(world.leaf, world.issuer, world.leaf, world.leaf_key, Good());
  EXPECT_EQ(CodeOf(world.Check(*response)), ErrorCode::kUntrusted);
}

TEST(Ocsp, RefusesAResponderOfAnotherAuthority) {
  const World& world = TheWorld();
  const SigningKey key = SigningKey::Generate(SignatureAlgorithm::kEs384);
  const Certificate other = Authority(key, "issuer");
  const auto stranger = MakeOcspResponder(world.responder_key.Public(), "responder", other, key, kNow - kDay, kNow + kDay);
  const auto response = MakeOcspResponse(world.leaf, world.issuer, *stranger, world.responder_key, Good());
  EXPECT_EQ(CodeOf(world.Check(*response)), ErrorCode::kUntrusted);
  EXPECT_TRUE(CheckOcspSignatureOnly(*response).has_value());  // which is why that alone says nothing
}

TEST(Ocsp, RefusesAnAnswerAboutAnotherCertificate) {
  const World& world = TheWorld();
  const Certificate other = Leaf(world.leaf_key, "other", world.issuer, world.issuer_key);
  const auto response = MakeOcspResponse(other, world.issuer, world.responder, world.responder_key, Good());
  EXPECT_EQ(CodeOf(world.Check(*response)), ErrorCode::kMismatch);
}

TEST(Ocsp, RefusesAnotherNonceAndNone) {
  const World& world = TheWorld();
  OcspAnswer answer = Good();
  EXPECT_EQ(CodeOf(VerifyNotRevoked(world.leaf, world.issuer, world.Answer(answer), Bytes(16, 1), kNow)),
            ErrorCode::kMismatch);
  answer.nonce = Bytes(16, 2);
  const auto response = world.Answer(answer);
  EXPECT_EQ(response.Nonce(), Bytes(16, 2));
  EXPECT_EQ(CodeOf(VerifyNotRevoked(world.leaf, world.issuer, response, Bytes(16, 1), kNow)), ErrorCode::kMismatch);
  EXPECT_TRUE(VerifyNotRevoked(world.leaf, world.issuer, response, Bytes(16, 2), kNow).has_value());
}

TEST(Ocsp, RefusesEveryFlippedByte) {
  const Bytes der = TheWorld().Answer(Good()).Der();
  for (std::size_t i = 0; i < der.size(); i += 3) {
    Bytes changed = der;
    changed[i] ^= 0x01;
    const auto response = OcspResponse::ParseDer(changed);
    if (!response) continue;
    const auto checked = TheWorld().Check(*response);
    // What is not signed may change: the embedded certificate's own encoding is not, but then it is not the responder's.
    EXPECT_FALSE(checked.has_value()) << "byte " << i;
  }
}

TEST(Ocsp, RefusesWhatIsCutOrLonger) {
  const Bytes der = TheWorld().Answer(Good()).Der();
  for (std::size_t size = 0; size < der.size(); size += 7) {
    EXPECT_FALSE(OcspResponse::ParseDer(ByteSpan(der).first(size)).has_value());
  }
  Bytes longer = der;
  longer.push_back(0);
  EXPECT_EQ(OcspResponse::ParseDer(longer).error().code(), ErrorCode::kMalformed);
}

TEST(Ocsp, SaysWhenTheResponderCouldNotAnswer) {
  const Bytes try_later = {0x30, 0x03, 0x0A, 0x01, 0x03};
  EXPECT_EQ(OcspResponse::ParseDer(try_later).error().code(), ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace cloister::crypto

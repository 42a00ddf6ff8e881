#include "evidence/cca/verify.h"

#include <gtest/gtest.h>

#include "evidence/cca/simulated.h"
#include "evidence/snp/testing.h"
#include "token/cose.h"

namespace cloister::evidence {
namespace {

using crypto::SignatureAlgorithm;
using formats::Cbor;
using formats::Json;

std::array<std::uint8_t, 64> Challenge() {
  std::array<std::uint8_t, 64> challenge;
  challenge.fill(0xA5);
  return challenge;
}

CcaExpectations Expected() {
  return {.challenge = Challenge(), .personalization = ExpectedPersonalization::AnyPersonalization()};
}

// Made once.
const SimulatedCca& Platform() {
  static const SimulatedCca* const platform = new SimulatedCca(SimulatedCca::Make({}));
  return *platform;
}

Result<VerifiedCca> Verify(ByteSpan token, const SimulatedCca& platform = Platform()) {
  return VerifyCca(token, platform.Keys(), std::nullopt, Expected());
}

ErrorCode CodeOf(const Result<VerifiedCca>& verified) {
  return verified ? ErrorCode::kInternal : verified.error().code();
}

ErrorCode CodeOf(const CcaToken& token, const SimulatedCca& platform = Platform()) {
  return CodeOf(Verify(platform.Sign(token), platform));
}

// A token with the platform's challenge over whatever stands for the realm's key.
ErrorCode CodeOfBound(CcaToken token, const SimulatedCca& platform = Platform()) {
  token.platform.challenge = crypto::Hash(token.realm.public_key_hash_algorithm, token.realm.public_key);
  return CodeOf(token, platform);
}

TEST(Cca, RefusesEveryFlippedByte) {
  const Bytes good = Platform().Sign(Platform().Contents(Challenge()));
  ASSERT_TRUE(Verify(good));
  for (std::size_t i = 0; i < good.size(); i += 3) {
    Bytes bad = good;
    bad[i] ^= static_cast<std::uint8_t>(1 + i % 255);
    EXPECT_FALSE(Verify(bad)) << "byte " << i;
  }
}

TEST(Cca, RefusesEveryCut) {
  const Bytes good = Platform().Sign(Platform().Contents(Challenge()));
  for (std::size_t size = 0; size < good.size(); ++size) {
    EXPECT_FALSE(ParseCcaToken(ByteSpan(good).first(size))) << size << " bytes";
  }
  Bytes longer = good;
  longer.push_back(0);
  EXPECT_EQ(CodeOf(Verify(longer)), ErrorCode::kMalformed);
}

TEST(Cca, VerifiesBothProfilesAndAllAlgorithms) {
  for (const bool legacy : {true, false}) {
    for (const auto platform : {SignatureAlgorithm::kEs256, SignatureAlgorithm::kEs384, SignatureAlgorithm::kEs512}) {
      for (const auto realm : {SignatureAlgorithm::kEs256, SignatureAlgorithm::kEs384, SignatureAlgorithm::kEs512}) {
        const auto simulated = SimulatedCca::Make({.platform = platform, .realm = realm, .legacy = legacy});
        EXPECT_EQ(CodeOf(simulated.Contents(Challenge()), simulated), ErrorCode::kInternal) << "verifies";
      }
    }
  }
}

TEST(Cca, RefusesAReplayedChallenge) { EXPECT_EQ(CodeOf(Platform().Contents({})), ErrorCode::kMismatch); }

TEST(Cca, RefusesAnotherPersonalization) {
  const Bytes token = Platform().Sign(Platform().Contents(Challenge()));
  CcaExpectations expected = Expected();
  expected.personalization = ExpectedPersonalization::Exactly({});
  EXPECT_TRUE(VerifyCca(token, Platform().Keys(), std::nullopt, expected));
  expected.personalization = ExpectedPersonalization::Exactly({1});
  EXPECT_EQ(CodeOf(VerifyCca(token, Platform().Keys(), std::nullopt, expected)), ErrorCode::kMismatch);
}

TEST(Cca, RefusesPlatformsThatAreNotOurs) {
  const Bytes token = Platform().Sign(Platform().Contents(Challenge()));
  EXPECT_EQ(CodeOf(VerifyCca(token, {}, std::nullopt, Expected())), ErrorCode::kUntrusted);
  const auto other = SimulatedCca::Make({});
  EXPECT_EQ(CodeOf(VerifyCca(token, other.Keys(), std::nullopt, Expected())), ErrorCode::kUntrusted);
  // The other's key under this one's ids.
  CcaPlatformKeys keys;
  ASSERT_TRUE(keys.Add({Platform().implementation_id, Platform().instance_id, other.platform_key.Public(), true}));
  EXPECT_EQ(CodeOf(VerifyCca(token, keys, std::nullopt, Expected())), ErrorCode::kUntrusted);
  // The right key, but for another implementation.
  CcaPlatformKeys elsewhere;
  ASSERT_TRUE(elsewhere.Add({{}, Platform().instance_id, Platform().platform_key.Public(), true}));
  EXPECT_EQ(CodeOf(VerifyCca(token, elsewhere, std::nullopt, Expected())), ErrorCode::kUntrusted);
}

TEST(CcaPitfalls, HashingAReEncodedKey) {
  // The same COSE_Key with its members in another order: the platform hashed these bytes.
  CcaToken token = Platform().Contents(Challenge());
  const crypto::VerifyingKey key = Platform().realm_key.Public();
  Bytes other = {0xA4};
  for (const auto& [label, value] : Cbor::Map{{-3, key.EcY()}, {-2, key.EcX()}, {-1, 2}, {1, 2}}) {
    other = Concat({other, label.Encode(), value.Encode()});
  }
  token.realm.public_key = other;
  EXPECT_EQ(CodeOfBound(token), ErrorCode::kInternal) << "verifies";
  EXPECT_EQ(CodeOf(token), ErrorCode::kUntrusted) << "the digest of the deterministic form";
  token = Platform().Contents(Challenge());
  token.platform.challenge = ToBytes(crypto::Sha256(Concat({Bytes{4}, key.EcX(), key.EcY()})));
  EXPECT_EQ(CodeOf(token), ErrorCode::kUntrusted) << "the digest of the point";
  token.platform.challenge = ToBytes(crypto::Sha256(Cbor(token.realm.public_key).Encode()));
  EXPECT_EQ(CodeOf(token), ErrorCode::kUntrusted) << "the digest of the byte string with its head";
}

TEST(CcaPitfalls, APlatformTokenAloneIsAccepted) {
  const CcaToken token = *ParseCcaToken(Platform().Sign(Platform().Contents(Challenge())));
  for (const Cbor::Map& half : {Cbor::Map{{44234, token.platform_message}}, Cbor::Map{{44241, token.realm_message}}}) {
    EXPECT_EQ(CodeOf(Verify(Cbor::Tagged(399, half).Encode())), ErrorCode::kMalformed);
  }
  EXPECT_EQ(CodeOf(Verify(token.platform_message)), ErrorCode::kMalformed);
  // The platform's half in both places.
  const Cbor twice = Cbor::Map{{44234, token.platform_message}, {44241, token.platform_message}};
  EXPECT_EQ(CodeOf(Verify(Cbor::Tagged(399, twice).Encode())), ErrorCode::kMalformed);
}

TEST(CcaPitfalls, AnotherRealmsHalfUnderThisPlatform) {
  const auto other = SimulatedCca::Make({});
  const CcaToken ours = *ParseCcaToken(Platform().Sign(Platform().Contents(Challenge())));
  const CcaToken theirs = *ParseCcaToken(other.Sign(other.Contents(Challenge())));
  const Cbor mixed = Cbor::Map{{44234, ours.platform_message}, {44241, theirs.realm_message}};
  EXPECT_EQ(CodeOf(Verify(Cbor::Tagged(399, mixed).Encode())), ErrorCode::kUntrusted);
  // A realm half that names the right key but was signed by another.
  const Bytes forged =
      token::SignCose1(other.realm_key, {}, SimulatedCca::RealmClaims(Platform().Contents(Challenge()).realm).Encode());
  const Cbor with_forged = Cbor::Map{{44234, ours.platform_message}, {44241, forged}};
  EXPECT_EQ(CodeOf(Verify(Cbor::Tagged(399, with_forged).Encode())), ErrorCode::kUntrusted);
}

TEST(CcaPitfalls, SpuriousClaims) {
  const CcaToken token = Platform().Contents(Challenge());
  Cbor platform = SimulatedCca::PlatformClaims(token.platform), realm = SimulatedCca::RealmClaims(token.realm);
  ASSERT_TRUE(Verify(Platform().SignClaims(platform, realm)));
  Cbor more = platform;
  more.Set(75001, "vendor");
  EXPECT_EQ(CodeOf(Verify(Platform().SignClaims(more, realm))), ErrorCode::kMalformed);
  more = realm;
  more.Set("text", 1);
  EXPECT_EQ(CodeOf(Verify(Platform().SignClaims(platform, more))), ErrorCode::kMalformed);
  const CcaToken parsed = *ParseCcaToken(Platform().SignClaims(platform, realm));
  const Cbor three = Cbor::Map{{44234, parsed.platform_message}, {44241, parsed.realm_message}, {44242, Bytes{1}}};
  EXPECT_EQ(CodeOf(Verify(Cbor::Tagged(399, three).Encode())), ErrorCode::kMalformed);
}

TEST(CcaPitfalls, MissingClaims) {
  const CcaToken token = Platform().Contents(Challenge());
  const Cbor platform = SimulatedCca::PlatformClaims(token.platform), realm = SimulatedCca::RealmClaims(token.realm);
  const auto without = [](const Cbor& claims, std::int64_t label) {
    Cbor::Map rest;
    for (const auto& [key, value] : **claims.AsMap()) {
      if (!(key == Cbor(label))) rest.emplace_back(key, value);
    }
    return Cbor(rest);
  };
  for (const std::int64_t label : {10, 265, 256, 2395, 2396, 2399, 2401, 2402}) {
    EXPECT_EQ(CodeOf(Verify(Platform().SignClaims(without(platform, label), realm))), ErrorCode::kMalformed) << label;
  }
  for (const std::int64_t label : {10, 44235, 44236, 44237, 44238, 44239, 44240}) {
    EXPECT_EQ(CodeOf(Verify(Platform().SignClaims(platform, without(realm, label)))), ErrorCode::kMalformed) << label;
  }
}

TEST(CcaPitfalls, LifecyclesThatAreNotSecured) {
  for (const unsigned lifecycle : {0x0000, 0x1000, 0x2000, 0x2FFF, 0x3100, 0x4000, 0x5000, 0x6000}) {
    CcaToken token = Platform().Contents(Challenge());
    token.platform.lifecycle = static_cast<std::uint16_t>(lifecycle);
    EXPECT_EQ(CodeOf(token), ErrorCode::kMismatch) << lifecycle;
  }
  for (const unsigned lifecycle : {0x3000, 0x30FF}) {
    CcaToken token = Platform().Contents(Challenge());
    token.platform.lifecycle = static_cast<std::uint16_t>(lifecycle);
    EXPECT_EQ(CodeOf(token), ErrorCode::kInternal) << "verifies";
  }
  CcaToken token = Platform().Contents(Challenge());
  token.platform.lifecycle = 0x7000;
  EXPECT_EQ(CodeOf(token), ErrorCode::kMalformed);
}

TEST(CcaPitfalls, AlgorithmTakenFromTheToken) {
  const CcaToken token = *ParseCcaToken(Platform().Sign(Platform().Contents(Challenge())));
  const auto relabelled = [](const Bytes& message, const Cbor& protected_header, const Cbor& unprotected) {
    const Cbor decoded = *Cbor::Decode(message, formats::CborForm::kAnyWellFormed);
    Cbor::Array parts = **(*decoded.AsTagged(18))->AsArray();
    parts[0] = protected_header.Encode();
    parts[1] = unprotected;
    return Cbor::Tagged(18, std::move(parts)).Encode();
  };
  const Cbor es256 = Cbor::Map{{1, -7}}, es384 = Cbor::Map{{1, -35}}, none = Cbor::Map{};
  const auto code = [](const Bytes& platform, const Bytes& realm) {
    return CodeOf(Verify(Cbor::Tagged(399, Cbor::Map{{44234, platform}, {44241, realm}}).Encode()));
  };
  EXPECT_EQ(code(relabelled(token.platform_message, es256, none), token.realm_message), ErrorCode::kMismatch);
  EXPECT_EQ(code(token.platform_message, relabelled(token.realm_message, es256, none)), ErrorCode::kMismatch);
  EXPECT_EQ(code(relabelled(token.platform_message, none, es384), token.realm_message), ErrorCode::kMalformed)
      << "not protected";
}

TEST(CcaPitfalls, RealmKeysInAnotherForm) {
  // The form belongs to the profile: a point under the new one, a COSE_Key under the legacy one.
  CcaToken token = Platform().Contents(Challenge());
  const crypto::VerifyingKey key = Platform().realm_key.Public();
  token.realm.public_key = Concat({Bytes{4}, key.EcX(), key.EcY()});
  EXPECT_EQ(CodeOfBound(token), ErrorCode::kMalformed);
  const auto legacy = SimulatedCca::Make({.legacy = true});
  token = legacy.Contents(Challenge());
  token.realm.public_key = token::CoseKeyToCbor({{}, legacy.realm_key.Public()}).Encode();
  EXPECT_EQ(CodeOfBound(token, legacy), ErrorCode::kMalformed);
  Bytes off_the_curve = legacy.EncodedRealmKey();
  off_the_curve.back() ^= 1;
  token.realm.public_key = off_the_curve;
  EXPECT_EQ(CodeOfBound(token, legacy), ErrorCode::kMalformed);
  token.realm.public_key = Concat({Bytes{2}, legacy.realm_key.Public().EcX()});  // compressed
  EXPECT_EQ(CodeOfBound(token, legacy), ErrorCode::kMalformed);
  token.realm.public_key = {};
  EXPECT_EQ(CodeOfBound(token, legacy), ErrorCode::kMalformed);
  // A key that is no ECDSA key.
  token = Platform().Contents(Challenge());
  const auto ed25519 = crypto::SigningKey::Generate(SignatureAlgorithm::kEdDsa);
  token.realm.public_key = token::CoseKeyToCbor({{}, ed25519.Public()}).Encode();
  EXPECT_EQ(CodeOfBound(token), ErrorCode::kUnsupported);
}

TEST(CcaPitfalls, DigestsOfAnotherLength) {
  const auto code = [](auto change) {
    CcaToken token = Platform().Contents(Challenge());
    change(token);
    return CodeOf(token);
  };
  EXPECT_EQ(code([](CcaToken& t) { t.realm.initial_measurement = Bytes(48); }), ErrorCode::kMalformed);
  EXPECT_EQ(code([](CcaToken& t) { t.realm.extensible_measurements[3] = Bytes(64); }), ErrorCode::kMalformed);
  EXPECT_EQ(code([](CcaToken& t) { t.platform.components[0].measurement.resize(20); }), ErrorCode::kMalformed);
  EXPECT_EQ(code([](CcaToken& t) { t.platform.components[0].signer.resize(31); }), ErrorCode::kMalformed);
  EXPECT_EQ(code([](CcaToken& t) { t.platform.challenge.resize(31); }), ErrorCode::kMalformed);
  EXPECT_EQ(code([](CcaToken& t) { t.platform.instance_id[0] = 2; }), ErrorCode::kMalformed);
  EXPECT_EQ(code([](CcaToken& t) { t.platform.components.clear(); }), ErrorCode::kLimit);
  EXPECT_EQ(code([](CcaToken& t) { t.platform.components.resize(65, t.platform.components[0]); }), ErrorCode::kLimit);
  EXPECT_EQ(code([](CcaToken& t) { t.platform.profile = "tag:arm.com,2099:cca_platform#9"; }), ErrorCode::kUnsupported);
  EXPECT_EQ(code([](CcaToken& t) { t.realm.profile = "tag:arm.com,2099:realm#9"; }), ErrorCode::kUnsupported);
}

TEST(CcaPitfalls, DepthAndSizeOfTheCbor) {
  const CcaToken token = Platform().Contents(Challenge());
  Cbor deep;
  for (int i = 0; i < 20; ++i) deep = Cbor::Array{deep};
  Cbor realm = SimulatedCca::RealmClaims(token.realm);
  realm.Set(44239, deep);
  EXPECT_EQ(CodeOf(Verify(Platform().SignClaims(SimulatedCca::PlatformClaims(token.platform), realm))),
            ErrorCode::kLimit);
  EXPECT_EQ(CodeOf(Verify(Bytes(kMaximumCcaToken + 1, 0xD9))), ErrorCode::kLimit);
}

TEST(Cca, GivesClaimsInOurNamesAndTrustees) {
  const auto verified =
      VerifyCca(Platform().Sign(Platform().Contents(Challenge())), Platform().Keys(), std::nullopt, Expected());
  ASSERT_TRUE(verified);
  const Json claims = verified->Claims();
  EXPECT_EQ(*claims.GetString("tee"), "cca");
  EXPECT_EQ(*claims.GetString("measurement"), ToHex(crypto::Sha256(AsBytes("SIMULATED realm"))));
  EXPECT_EQ(*claims.GetString("report_data"), ToHex(Challenge()));
  EXPECT_EQ(*claims.GetString("init_data"), std::string(128, '0'));
  EXPECT_FALSE(*claims.GetBool("debug"));
  EXPECT_TRUE(*claims.GetBool("simulated"));
  EXPECT_EQ(*claims.GetString("root_sha256"), ToHex(crypto::Sha256(Platform().platform_key.Public().SpkiDer())));
  EXPECT_EQ(*claims.GetString("hardware_id"), ToHex(Platform().instance_id));
  EXPECT_EQ(*claims.GetInt("lifecycle"), 0x3003);
  EXPECT_EQ(*claims.GetString("platform_reference"), "not_compared");
  EXPECT_EQ((*claims.GetArray("software_components"))->size(), 2u);
  EXPECT_EQ(*(*claims.At("/software_components/1/type"))->AsString(), "SIMULATED_RMM");
  EXPECT_EQ(*(*claims.At("/platform/cca-platform-instance-id"))->AsString(), ToBase64(Platform().instance_id));
  EXPECT_EQ(*(*claims.At("/realm/cca-realm-challenge"))->AsString(), ToBase64(Challenge()));
  EXPECT_EQ(*(*claims.At("/realm/cca-realm-hash-algo-id"))->AsString(), "sha-256");
}

TEST(Cca, ReadsTheTokenInTrusteesEvidence) {
  const Bytes token = Platform().Sign(Platform().Contents(Challenge()));
  Json::Array numbers;
  for (const std::uint8_t byte : token) numbers.emplace_back(byte);
  EXPECT_EQ(*CcaTokenFromTrusteeJson(Json::Object{{"token", numbers}}), token);
  numbers[0] = 256;
  EXPECT_FALSE(CcaTokenFromTrusteeJson(Json::Object{{"token", numbers}}));
  numbers[0] = "217";
  EXPECT_FALSE(CcaTokenFromTrusteeJson(Json::Object{{"token", numbers}}));
  EXPECT_FALSE(CcaTokenFromTrusteeJson(Json::Object{{"token", Json::Array(kMaximumCcaToken + 1, 0)}}));
  EXPECT_FALSE(CcaTokenFromTrusteeJson(Json::Object{}));
}

}  // namespace
}  // namespace cloister::evidence

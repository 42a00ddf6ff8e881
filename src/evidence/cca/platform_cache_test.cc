#include "evidence/cca/platform_cache.h"

#include <gtest/gtest.h>

#include "evidence/cca/simulated.h"

namespace cloister::evidence {
namespace {

struct Setting {
  const SimulatedCca platform = SimulatedCca::Make({});
  CcaPlatformKeys keys = platform.Keys();
  CcaExpectations expected{.challenge = {}, .personalization = ExpectedPersonalization::Exactly({})};
  CcaPlatformCache cache{2};

  CcaToken Token() const { return platform.Contents(expected.challenge); }
  std::string Verify(ByteSpan token) {
    const auto verified = VerifyCca(token, keys, std::nullopt, expected, cache);
    return verified ? "accepted" : std::string(ErrorCodeName(verified.error().code()));
  }
};

TEST(CcaPlatformCache, KeepsOnlyPlatformsThatHold) {
  Setting s;
  CcaToken token = s.Token();
  token.platform.challenge[0] ^= 1;
  EXPECT_EQ(s.Verify(s.platform.Sign(token)), "untrusted");
  EXPECT_EQ(s.cache.size(), 0U);
  const Bytes good = s.platform.Sign(s.Token());
  for (int i = 0; i < 2; ++i) EXPECT_EQ(s.Verify(good), "accepted");
  EXPECT_EQ(s.cache.size(), 1U);
}

TEST(CcaPlatformCache, RefusesEveryFlippedByteOfTheWholeToken) {
  Setting s;
  const Bytes good = s.platform.Sign(s.Token());
  EXPECT_EQ(s.Verify(good), "accepted");
  for (std::size_t i = 0; i < good.size(); ++i) {
    Bytes bad = good;
    bad[i] ^= static_cast<std::uint8_t>(1 + i % 255);
    EXPECT_NE(s.Verify(bad), "accepted") << "byte " << i;
  }
}

TEST(CcaPlatformCache, AsksForThePlatformsKeyEachTime) {
  Setting s;
  const Bytes token = s.platform.Sign(s.Token());
  EXPECT_EQ(s.Verify(token), "accepted");
  s.keys = {};
  EXPECT_EQ(s.Verify(token), "untrusted");
  // Another key in its place: what was verified with the old one counts no more.
  const auto other = crypto::SigningKey::Generate(crypto::SignatureAlgorithm::kEs384);
  ASSERT_TRUE(s.keys.Add({s.platform.implementation_id, s.platform.instance_id, other.Public(), true}));
  EXPECT_EQ(s.Verify(token), "untrusted");
  s.keys = s.platform.Keys();
  EXPECT_EQ(s.Verify(token), "accepted");
}

// The platform's half of one realm with the half and the key of another.
TEST(CcaPlatformCache, NeverLendsAPlatformToAnotherRealm) {
  Setting s;
  const CcaToken honest = s.Token();
  EXPECT_EQ(s.Verify(s.platform.Sign(honest)), "accepted");
  const auto stranger = SimulatedCca::Make({});
  CcaToken mixed = honest;
  mixed.realm.public_key = stranger.EncodedRealmKey();
  EXPECT_EQ(s.Verify(s.platform.Sign(mixed)), "untrusted");
}

TEST(CcaPlatformCache, JudgesChallengeAndLifecycleEachTime) {
  Setting s;
  const Bytes token = s.platform.Sign(s.Token());
  EXPECT_EQ(s.Verify(token), "accepted");
  s.expected.challenge[0] = 1;
  EXPECT_EQ(s.Verify(token), "mismatch");
  s.expected.challenge[0] = 0;
  CcaToken debugged = s.Token();
  debugged.platform.lifecycle = 0x4000;
  const Bytes open = s.platform.Sign(debugged);
  for (int i = 0; i < 2; ++i) EXPECT_EQ(s.Verify(open), "mismatch");
}

}  // namespace
}  // namespace cloister::evidence

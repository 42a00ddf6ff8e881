#include "evidence/nitro/chain_cache.h"

#include <thread>

#include "evidence/nitro/testing.h"

namespace cloister::evidence {
namespace {

class NitroChainCacheTest : public testing::Test {
 protected:
  Result<VerifiedNitro> Verify(ByteSpan document, Time at = kNitroNow, const NitroCollateral& collateral = {}) {
    NitroExpectations expected = NitroExpecting();
    expected.skew = std::chrono::days(1);
    return VerifyNitro(document, collateral, anchors_, expected, at, cache_);
  }
  TrustAnchors anchors_ = NitroAnchors(TestNitro());
  NitroChainCache cache_{2};
};

TEST_F(NitroChainCacheTest, RefusesAKeptChainOutsideItsDates) {
  const Bytes good = SignedNitro();
  ASSERT_TRUE(Verify(good));
  EXPECT_EQ(cache_.size(), 1u);
  EXPECT_TRUE(Verify(good, NitroOptions().leaf_not_after - Seconds(1)));
  EXPECT_EQ(NitroCode(Verify(good, NitroOptions().leaf_not_after)), ErrorCode::kExpired);
  EXPECT_EQ(cache_.size(), 0u) << "what fails is dropped";
  ASSERT_TRUE(Verify(good));
  EXPECT_EQ(NitroCode(Verify(good, NitroOptions().leaf_not_before - Seconds(1))), ErrorCode::kExpired);
}

TEST_F(NitroChainCacheTest, RefusesAKeptChainWhoseListHasRunOut) {
  const Bytes good = SignedNitro();
  const Time ends = kNitroNow + std::chrono::minutes(10);
  const NitroCollateral lists = *TestNitro().Lists(kNitroNow, ends);
  ASSERT_TRUE(Verify(good, kNitroNow, lists));
  EXPECT_EQ(Verify(good, kNitroNow, lists)->revocation(), NitroRevocation::kChecked);
  EXPECT_EQ(NitroCode(Verify(good, ends + Seconds(1), lists)), ErrorCode::kExpired);
}

TEST_F(NitroChainCacheTest, ChecksTheDocumentsSignatureEachTime) {
  Bytes document = SignedNitro();
  ASSERT_TRUE(Verify(document));
  document.back() ^= 1;
  EXPECT_EQ(NitroCode(Verify(document)), ErrorCode::kUntrusted);
  const auto other = *SimulatedNitro::Make(NitroOptions());
  // Known certificates, another key.
  EXPECT_EQ(NitroCode(Verify(other.Sign(TestNitro().Document(kNitroNow, NitroNonce())))), ErrorCode::kUntrusted);
}

TEST_F(NitroChainCacheTest, FindsNoChainUnderOtherAnchorsOrListsOrCertificates) {
  const Bytes good = SignedNitro();
  ASSERT_TRUE(Verify(good));
  anchors_ = TrustAnchors::Vendors();
  EXPECT_EQ(NitroCode(Verify(good)), ErrorCode::kUntrusted);
  anchors_ = NitroAnchors(TestNitro());
  const auto revoking = *TestNitro().Lists(kNitroNow, kNitroNow + std::chrono::hours(1), {&TestNitro().instance, 1});
  EXPECT_EQ(NitroCode(Verify(good, kNitroNow, revoking)), ErrorCode::kRevoked);
  NitroDocument document = TestNitro().Document(kNitroNow, NitroNonce());
  document.cabundle[1].back() ^= 1;  // a signature
  EXPECT_EQ(NitroCode(Verify(TestNitro().Sign(document))), ErrorCode::kUntrusted);
  EXPECT_EQ(cache_.size(), 1u) << "nothing that was refused is kept";
}

TEST_F(NitroChainCacheTest, KeepsAsManyAsItMay) {
  for (int i = 0; i < 3; ++i) {
    const auto nitro = *SimulatedNitro::Make(NitroOptions());
    anchors_ = NitroAnchors(nitro);
    EXPECT_TRUE(Verify(SignedNitro({}, nitro)));
  }
  EXPECT_EQ(cache_.size(), 2u);
}

TEST_F(NitroChainCacheTest, ServesSeveralThreads) {
  const Bytes good = SignedNitro();
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 10; ++round) EXPECT_TRUE(Verify(good));
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(cache_.size(), 1u);
}

}  // namespace
}  // namespace cloister::evidence

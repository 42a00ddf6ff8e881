#include "evidence/snp/verified_chain_cache.h"

#include <gtest/gtest.h>

#include <thread>

#include "evidence/snp/testing.h"

namespace cloister::evidence {
namespace {

SnpEvidence EvidenceOf(const SimulatedSnpProcessor& processor) {
  return {.report = processor.Sign(processor.Report({}, TestNonce(), 0)), .certificates = processor.Certificates()};
}

class VerifiedChainCacheTest : public testing::Test {
 protected:
  Result<VerifiedSnp> Verify(const SnpEvidence& evidence, Time at = kTestNow, const SnpCollateral& collateral = {}) {
    return VerifySnp(evidence, collateral, anchors_, Expecting(TestNonce()), at, cache_);
  }
  ErrorCode CodeOf(const Result<VerifiedSnp>& verified) {
    return verified ? ErrorCode::kInternal : verified.error().code();
  }
  // The good evidence, once verified, so that its chain is kept.
  SnpEvidence Kept() {
    SnpEvidence evidence = EvidenceOf(TestProcessor());
    EXPECT_TRUE(Verify(evidence));
    EXPECT_EQ(cache_.size(), 1u);
    return evidence;
  }

  TrustAnchors anchors_ = AnchorsNaming(TestProcessor());
  VerifiedChainCache cache_{4};
};

TEST_F(VerifiedChainCacheTest, RefusesAKeptChainOutsideItsDates) {
  const SnpEvidence evidence = Kept();
  EXPECT_EQ(CodeOf(Verify(evidence, TestOptions().vcek_not_after + Seconds(1))), ErrorCode::kExpired);
  EXPECT_EQ(cache_.size(), 0u) << "what fails is dropped";
  EXPECT_TRUE(Verify(evidence));
  EXPECT_EQ(CodeOf(Verify(evidence, TestOptions().not_before - Seconds(1))), ErrorCode::kExpired);
  EXPECT_TRUE(Verify(evidence, TestOptions().vcek_not_after - Seconds(1)));
  // At the last second too both ways say the same.
  EXPECT_EQ(CodeOf(Verify(evidence, TestOptions().vcek_not_after)), ErrorCode::kExpired);
  EXPECT_EQ(CodeOf(Verify(evidence, TestOptions().vcek_not_after)), ErrorCode::kExpired);
  EXPECT_TRUE(Verify(evidence, TestOptions().not_before));
  EXPECT_TRUE(Verify(evidence, TestOptions().not_before));
}

TEST_F(VerifiedChainCacheTest, RefusesAKeptChainWhoseListHasRunOut) {
  // The VEK outlives the list here.
  SimulatedSnpOptions options = TestOptions();
  options.vcek_not_after = options.not_after + std::chrono::days(10);
  const auto processor = *SimulatedSnpProcessor::Make(options, crypto::SystemRandom());
  const SnpEvidence evidence = EvidenceOf(processor);
  const auto at = [&](Time time) {
    return VerifySnp(evidence, {}, AnchorsNaming(processor), Expecting(TestNonce()), time, cache_);
  };
  ASSERT_TRUE(at(kTestNow));
  EXPECT_EQ(CodeOf(at(options.not_after + Seconds(1))), ErrorCode::kExpired);
}

TEST_F(VerifiedChainCacheTest, RefusesAnAskThatWasRevokedAfterItsChainWasKept) {
  const SnpEvidence evidence = Kept();
  const SnpCertificate list{SnpCertificateType::kCrl, TestProcessor().revoking_crl->Der()};
  EXPECT_EQ(CodeOf(Verify(evidence, kTestNow, {{list}})), ErrorCode::kRevoked);
  SnpEvidence presented = evidence;
  presented.certificates.back() = list;
  EXPECT_EQ(CodeOf(Verify(presented)), ErrorCode::kRevoked);
  EXPECT_EQ(cache_.size(), 1u) << "a chain that fails is not kept";
  EXPECT_EQ(CodeOf(Verify(presented)), ErrorCode::kRevoked);
}

TEST_F(VerifiedChainCacheTest, RefusesAKeptChainUnderOtherAnchors) {
  const SnpEvidence evidence = Kept();
  const auto vendors = TrustAnchors::Vendors();
  EXPECT_EQ(CodeOf(VerifySnp(evidence, {}, vendors, Expecting(TestNonce()), kTestNow, cache_)), ErrorCode::kUntrusted);
  const auto other = *SimulatedSnpProcessor::Make(TestOptions(), crypto::SystemRandom());
  EXPECT_EQ(CodeOf(VerifySnp(evidence, {}, AnchorsNaming(other), Expecting(TestNonce()), kTestNow, cache_)),
            ErrorCode::kUntrusted);
  EXPECT_EQ(CodeOf(Verify(EvidenceOf(other))), ErrorCode::kUntrusted);
}

TEST_F(VerifiedChainCacheTest, RefusesAKeptChainWithAnyByteFlipped) {
  const SnpEvidence evidence = Kept();
  for (std::size_t which = 0; which < evidence.certificates.size(); ++which) {
    for (std::size_t i = 0; i < evidence.certificates[which].der.size(); i += 7) {
      SnpEvidence changed = evidence;
      changed.certificates[which].der[i] ^= 1;
      const auto verified = Verify(changed);
      // A list whose issuer's name changed is nobody's, and then the claims say that none was there.
      const bool without_list = which == 3 && verified && verified->revocation() == SnpRevocation::kNotChecked;
      ASSERT_TRUE(!verified || without_list) << which << " " << i;
    }
  }
}

TEST_F(VerifiedChainCacheTest, RefusesAnotherVcekAndReportsOfIt) {
  const SnpEvidence evidence = Kept();
  const auto other = *SimulatedSnpProcessor::Make(TestOptions(), crypto::SystemRandom());
  SnpEvidence mixed = evidence;  // another chip's VEK under the kept ASK
  mixed.certificates[0].der = other.vcek.Der();
  EXPECT_EQ(CodeOf(Verify(mixed)), ErrorCode::kUntrusted);
  mixed = evidence;  // another chip's report with the kept chain
  mixed.report = EvidenceOf(other).report;
  EXPECT_FALSE(Verify(mixed));
}

TEST_F(VerifiedChainCacheTest, RefusesEachFlippedByteOfAReportWithAKeptChain) {
  const SnpEvidence evidence = Kept();
  for (std::size_t i = 0; i < kSnpReportSize; i += 5) {
    SnpEvidence changed = evidence;
    changed.report[i] ^= 0x40;
    EXPECT_FALSE(Verify(changed)) << i;
  }
}

TEST_F(VerifiedChainCacheTest, RefusesAKindOrOrderThatWasNotVerified) {
  const SnpEvidence evidence = Kept();
  SnpEvidence changed = evidence;
  changed.certificates[1].type = SnpCertificateType::kArk;
  EXPECT_FALSE(Verify(changed));
  changed = evidence;
  changed.certificates[0].type = SnpCertificateType::kCrl;
  EXPECT_FALSE(Verify(changed));
}

TEST_F(VerifiedChainCacheTest, GivesTheSameClaimsAsWithout) {
  const SnpEvidence evidence = Kept();
  const auto plain = VerifySnp(evidence, {}, anchors_, Expecting(TestNonce()), kTestNow);
  EXPECT_EQ(Verify(evidence)->Claims().Dump(), plain->Claims().Dump());
  // Without its list it is another chain, about which less is known.
  SnpEvidence without = evidence;
  without.certificates.pop_back();
  EXPECT_EQ(Verify(without)->revocation(), SnpRevocation::kNotChecked);
  EXPECT_EQ(Verify(evidence)->revocation(), SnpRevocation::kChecked);
}

TEST_F(VerifiedChainCacheTest, KeepsNoMoreThanItsCapacityAndTheLatestUsed) {
  VerifiedChainCache two(2);
  const auto verify = [&](const SnpCollateral& collateral) {
    return VerifySnp(EvidenceOf(TestProcessor()), collateral, anchors_, Expecting(TestNonce()), kTestNow, two).has_value();
  };
  std::vector<SnpCollateral> ways;  // the same chain in other bytes
  for (std::size_t copies = 0; copies < 4; ++copies) {
    ways.push_back({std::vector<SnpCertificate>(copies, {SnpCertificateType::kAsk, TestProcessor().ask.Der()})});
    EXPECT_TRUE(verify(ways.back()));
    EXPECT_EQ(two.size(), std::min<std::size_t>(copies + 1, 2));
    EXPECT_TRUE(verify(ways.front()));
  }
}

TEST_F(VerifiedChainCacheTest, TakesSeveralThreads) {
  const SnpEvidence evidence = EvidenceOf(TestProcessor());
  std::vector<std::thread> threads;
  std::atomic<int> good = 0, refused = 0;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      for (int round = 0; round < 20; ++round) {
        const bool late = i == 0;
        const auto verified = Verify(evidence, late ? TestOptions().vcek_not_after + Seconds(1) : kTestNow);
        ++(verified ? good : refused);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good, 60);
  EXPECT_EQ(refused, 20);
}

}  // namespace
}  // namespace cloister::evidence

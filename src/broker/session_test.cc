#include "broker/session.h"

#include <gtest/gtest.h>

#include "crypto/random.h"

namespace cloister::broker {
namespace {

const Time kNow = *FromRfc3339("2026-06-01T00:00:00Z");

struct Fixture {
  crypto::DeterministicRandom random{1};
  SessionTable table{{.count = 3, .lifetime = Seconds(300)}, random};
};

TEST(SessionTable, GivesANonceForOneAttemptOnly) {
  Fixture f;
  const auto fresh = *f.table.Begin("snp", kNow);
  EXPECT_EQ(fresh.id.size(), 32u);
  EXPECT_EQ(FromBase64(fresh.nonce)->size(), 32u);
  const auto pending = f.table.TakeForAttestation(fresh.id, kNow);
  ASSERT_TRUE(pending);
  EXPECT_EQ(pending->nonce, fresh.nonce);
  EXPECT_EQ(f.table.TakeForAttestation(fresh.id, kNow).error().code(), ErrorCode::kReplayed);
  f.table.Remove(fresh.id);  // the attempt failed
  EXPECT_EQ(f.table.TakeForAttestation(fresh.id, kNow).error().code(), ErrorCode::kUntrusted);
}

TEST(SessionTable, RefusesASessionThatIsUnknownOldOrNotAttested) {
  Fixture f;
  const auto fresh = *f.table.Begin("snp", kNow);
  EXPECT_EQ(f.table.Find("0123", kNow).error().code(), ErrorCode::kUntrusted);
  EXPECT_EQ(f.table.Find(fresh.id, kNow).error().code(), ErrorCode::kRefused);
  EXPECT_EQ(f.table.Find(fresh.id, kNow + Seconds(300)).error().code(), ErrorCode::kExpired);
  EXPECT_EQ(f.table.TakeForAttestation(fresh.id, kNow + Seconds(300)).error().code(), ErrorCode::kExpired);
  EXPECT_EQ(f.table.TakeForAttestation(fresh.id, kNow - Seconds(1)).error().code(), ErrorCode::kExpired);
}

TEST(SessionTable, LetsTheOldestUnattestedMakeRoom) {
  Fixture f;
  std::vector<std::string> ids;
  for (int i = 0; i < 3; ++i) ids.push_back(f.table.Begin("snp", kNow + Seconds(i))->id);
  ASSERT_TRUE(f.table.Begin("snp", kNow + Seconds(3)));
  EXPECT_EQ(f.table.size(), 3u);
  EXPECT_EQ(f.table.TakeForAttestation(ids[0], kNow + Seconds(3)).error().code(), ErrorCode::kUntrusted);
  EXPECT_TRUE(f.table.TakeForAttestation(ids[1], kNow + Seconds(3)));
}

TEST(SessionTable, RefusesMoreThanItsLimitOfAttestedOnes) {
  Fixture f;
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(f.table.TakeForAttestation(f.table.Begin("snp", kNow)->id, kNow));
  EXPECT_EQ(f.table.Begin("snp", kNow).error().code(), ErrorCode::kLimit);
  EXPECT_TRUE(f.table.Begin("snp", kNow + Seconds(300)));  // the old ones are over
  EXPECT_EQ(f.table.size(), 1u);
}

}  // namespace
}  // namespace cloister::broker

#include "audit/refusal_log.h"

#include <gtest/gtest.h>

namespace cloister::audit {
namespace {

using formats::Json;
using Asker = RefusalLog::Asker;

const Time kNow = *FromRfc3339("2026-11-20T13:00:00Z");
const Error kWhy(ErrorCode::kReplayed, "session: expected one that was never attested");

struct Fixture {
  crypto::SigningKey key = *crypto::SigningKey::FromEd25519Seed(SecretBytes::CopyOf(Bytes(32, 1)));
  std::unique_ptr<AuditLog> log =
      *AuditLog::Open(std::make_unique<MemoryAuditSink>(), "broker",
                      *crypto::SigningKey::FromEd25519Seed(SecretBytes::CopyOf(Bytes(32, 1))), std::nullopt);
  RefusalLog refusals{*log};

  std::vector<AuditEntry> Entries() { return *VerifyAuditLog(*log->ReadAll(), key.Public(), std::nullopt); }
  void Refuse(Asker asker, int times, Time now) {
    for (int i = 0; i < times; ++i)
      EXPECT_EQ(refusals.Write(asker, "attest", Json::Object{}, kWhy, now).code(), ErrorCode::kReplayed);
  }
};

TEST(RefusalLog, WritesWhatWasRefusedAndWhy) {
  Fixture f;
  const Error answered = f.refusals.Write(Asker::kAttested, "reserve", Json::Object{{"run", "r"}}, kWhy, kNow);
  EXPECT_EQ(answered.message(), kWhy.message());
  const auto entries = f.Entries();
  ASSERT_EQ(entries.size(), 1u);
  EXPECT_EQ(entries[0].event, "reserve.refused");
  EXPECT_EQ(entries[0].fields.Dump(),
            R"({"code":"replayed","run":"r","why":"session: expected one that was never attested"})");
}

TEST(RefusalLog, StopsWritingWhenTooManyComeAndThenSaysHowManyThereWere) {
  Fixture f;
  f.Refuse(Asker::kStranger, RefusalLog::kBurst + 40, kNow);
  EXPECT_EQ(f.Entries().size(), std::size_t{RefusalLog::kBurst});
  ASSERT_TRUE(f.refusals.Tend(kNow + RefusalLog::kRefill - Seconds(1)));
  EXPECT_EQ(f.Entries().size(), std::size_t{RefusalLog::kBurst});
  ASSERT_TRUE(f.refusals.Tend(kNow + RefusalLog::kRefill));
  const auto entries = f.Entries();
  ASSERT_EQ(entries.size(), std::size_t{RefusalLog::kBurst} + 1);
  EXPECT_EQ(entries.back().event, "refusals.suppressed");
  EXPECT_EQ(*entries.back().fields.GetInt("count"), 40);
  EXPECT_EQ(*entries.back().fields.GetString("asker"), "stranger");
  EXPECT_EQ(*entries.back().fields.GetString("since"), ToRfc3339(kNow));
}

TEST(RefusalLog, GrowsByNoMoreThanItsRateWhateverComes) {
  Fixture f;
  for (int i = 0; i < 100; ++i) f.Refuse(Asker::kStranger, 50, kNow + i * RefusalLog::kRefill);
  EXPECT_LE(f.Entries().size(), std::size_t{RefusalLog::kBurst} + 100);
}

TEST(RefusalLog, GivesNothingBackForAClockThatGoesBack) {
  Fixture f;
  f.Refuse(Asker::kStranger, RefusalLog::kBurst, kNow);
  f.Refuse(Asker::kStranger, 5, kNow - Seconds(100000));
  f.Refuse(Asker::kStranger, 5, kNow);
  EXPECT_EQ(f.Entries().size(), std::size_t{RefusalLog::kBurst});
}

TEST(RefusalLog, KeepsRoomForAttestedRoomsWhateverStrangersDo) {
  Fixture f;
  f.Refuse(Asker::kStranger, RefusalLog::kBurst * 3, kNow);
  f.Refuse(Asker::kAttested, 1, kNow);
  EXPECT_EQ(f.Entries().size(), std::size_t{RefusalLog::kBurst} + 1);
}

TEST(RefusalLog, CutsALongReasonBetweenCharacters) {
  Fixture f;
  std::string why(RefusalLog::kMaxWhy - 1, 'x');
  for (int i = 0; i < 1000; ++i) why += "é";
  f.refusals.Write(Asker::kStranger, "attest", Json::Object{}, Error(ErrorCode::kMalformed, why), kNow);
  const auto entries = f.Entries();
  ASSERT_EQ(entries.size(), 1u);
  EXPECT_EQ(*entries[0].fields.GetString("why"), std::string(RefusalLog::kMaxWhy - 1, 'x') + "…");
}

TEST(RefusalLog, SaysSoWhereNothingCanBeWritten) {
  class FullSink final : public AuditSink {
    Result<void> Append(std::string_view) override { return Error(ErrorCode::kIo, "no space left"); }
    Result<Bytes> ReadAll() override { return Bytes(); }
  };
  const auto log =
      *AuditLog::Open(std::make_unique<FullSink>(), "broker",
                      *crypto::SigningKey::FromEd25519Seed(SecretBytes::CopyOf(Bytes(32, 1))), std::nullopt);
  RefusalLog refusals(*log);
  EXPECT_EQ(refusals.Write(Asker::kStranger, "attest", Json::Object{}, kWhy, kNow).code(), ErrorCode::kIo);
}

}  // namespace
}  // namespace cloister::audit

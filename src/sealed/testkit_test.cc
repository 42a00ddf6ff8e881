#include "sealed/testkit.h"

#include <gtest/gtest.h>

namespace cloister::sealed {
namespace {

TEST(AgeTestKit, AllBinaryX25519CasesPass) {
  const std::filesystem::path folder = std::filesystem::path(CLOISTER_SHARED_DIR) / "vectors" / "age";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "no age test kit at " << folder;
  const auto report = RunAgeKit(folder);
  ASSERT_TRUE(report) << report.error().message();
  for (const auto& [name, detail] : report->failed) ADD_FAILURE() << name << ": " << detail;
  EXPECT_EQ(report->passed, 67u);
  std::size_t skipped = 0;
  for (const auto& [feature, cases] : report->skipped) {
    RecordProperty("skipped_" + feature, static_cast<int>(cases));
    skipped += cases;
  }
  EXPECT_EQ(skipped, 76u);
}

TEST(AgeTestKit, RefusesWhatIsNoCase) {
  EXPECT_EQ(RunAgeCase(AsBytes("expect: success\n")).error().code(), ErrorCode::kMalformed);
  EXPECT_EQ(RunAgeCase(AsBytes("expect\n\n")).error().code(), ErrorCode::kMalformed);
  EXPECT_EQ(RunAgeCase(AsBytes("compressed: zlib\n\nxx")).error().code(), ErrorCode::kMalformed);
  EXPECT_EQ(RunAgeKit("/nonexistent").error().code(), ErrorCode::kNotFound);
}

TEST(AgeTestKit, SaysWhatItSkippedAndWhatFailed) {
  const auto skipped = RunAgeCase(AsBytes("expect: success\npassphrase: x\n\nage"));
  EXPECT_EQ(skipped->outcome, AgeCaseOutcome::kSkipped);
  EXPECT_EQ(skipped->detail, "scrypt");
  const auto failed = RunAgeCase(AsBytes("expect: success\n\nage"));
  EXPECT_EQ(failed->outcome, AgeCaseOutcome::kFailed);
  EXPECT_EQ(failed->detail, "expected success, got header failure");
}

}  // namespace
}  // namespace cloister::sealed

#include "sealed/record.h"

#include <gtest/gtest.h>

#include "sealed/age_file.h"

namespace cloister::sealed {
namespace {

formats::Json MakeJson() {
  crypto::DeterministicRandom random(1);
  const Recipient recipient = Identity::Generate(random).recipient();
  return Describe(*Seal(std::span(&recipient, 1), AsBytes("text"), random))->ToJson();
}

TEST(SealingRecord, RefusesWhatDoesNotHoldTogether) {
  ASSERT_TRUE(SealingRecord::FromJson(MakeJson()));
  formats::Json json = MakeJson();
  json.Set("header_sha256", std::string(64, '0'));
  EXPECT_EQ(SealingRecord::FromJson(json).error().code(), ErrorCode::kMismatch);
  json = MakeJson();
  json.Set("encryption", "age-v2");
  EXPECT_EQ(SealingRecord::FromJson(json).error().code(), ErrorCode::kUnsupported);
  for (const char* key : {"encryption", "header", "header_sha256", "sha256", "size"}) {
    json = MakeJson();
    json.Set(key, nullptr);
    EXPECT_EQ(SealingRecord::FromJson(json).error().code(), ErrorCode::kMalformed) << key;
    json.Remove(key);
    EXPECT_EQ(SealingRecord::FromJson(json).error().code(), ErrorCode::kMalformed) << key;
  }
  json = MakeJson();
  json.Set("more", 1);
  EXPECT_EQ(SealingRecord::FromJson(json).error().code(), ErrorCode::kMalformed);
  json = MakeJson();
  json.Set("size", -1);
  EXPECT_FALSE(SealingRecord::FromJson(json));
  json = MakeJson();
  json.Set("header", ToBase64(AsBytes("age-encryption.org/v1\n")));
  EXPECT_EQ(SealingRecord::FromJson(json).error().code(), ErrorCode::kMalformed);
}

TEST(SealingRecord, RoundTripsAsJson) {
  const auto record = SealingRecord::FromJson(MakeJson());
  ASSERT_TRUE(record) << record.error().message();
  EXPECT_EQ(record->ToJson(), MakeJson());
}

}  // namespace
}  // namespace cloister::sealed

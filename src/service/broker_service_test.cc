#include "service/broker_service.h"

#include <gtest/gtest.h>

namespace cloister::service {
namespace {

using formats::Json;

ErrorCode Refusal(const char* json) { return BrokerSettings::FromJson(*Json::Parse(json), "/party").error().code(); }

TEST(BrokerSettings, RefusesWhatItDoesNotKnow) {
  EXPECT_EQ(Refusal(R"({"accept": true})"), ErrorCode::kMalformed);
  EXPECT_EQ(Refusal(R"({"accept_simulated": ["00"]})"), ErrorCode::kMalformed);
}

TEST(BrokerSettings, RefusesSimulatedRootsWithoutTheirAnchors) {
  const std::string json = R"({"accept_simulated": [")" + std::string(64, '0') + R"("]})";
  EXPECT_EQ(Refusal(json.c_str()), ErrorCode::kUsage);
}

TEST(BrokerSettings, TakesPathsRelativeToTheFolder) {
  const auto settings = BrokerSettings::FromJson(*Json::Parse(R"({"simulated_anchors": "a.json", "collateral": ["b", "/c"]})"), "/party");
  ASSERT_TRUE(settings);
  EXPECT_EQ(settings->simulated_anchors, "/party/a.json");
  EXPECT_EQ(settings->collateral, (std::vector<std::filesystem::path>{"/party/b", "/c"}));
}

}  // namespace
}  // namespace cloister::service

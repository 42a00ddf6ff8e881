#include "privacy/mechanism.h"

#include <gtest/gtest.h>

#include <cmath>

namespace cloister::privacy {
namespace {

using formats::Json;

constexpr std::string_view kGood = R"([{"mechanism":"subsampled-gaussian","q":0.5,"sigma":2.25,"steps":30}])";

TEST(Composition, RefusesParametersOutsideTheirRange) {
  const MechanismEvent good{MechanismKind::kSubsampledGaussian, 1, 0.1, 10};
  ASSERT_TRUE(CheckComposition({&good, 1}));
  const double nan = std::nan("");
  for (const MechanismEvent& bad : {MechanismEvent{good.kind, 0, 0.1, 10}, MechanismEvent{good.kind, -1, 0.1, 10},
                                    MechanismEvent{good.kind, nan, 0.1, 10}, MechanismEvent{good.kind, 1e9, 0.1, 10},
                                    MechanismEvent{good.kind, 1, 0, 10}, MechanismEvent{good.kind, 1, 1.01, 10},
                                    MechanismEvent{good.kind, 1, nan, 10}, MechanismEvent{good.kind, 1, 0.1, 0},
                                    MechanismEvent{good.kind, 1, 0.1, kMaximumSteps + 1}}) {
    const auto checked = CheckComposition({&bad, 1});
    ASSERT_FALSE(checked);
    EXPECT_EQ(checked.error().code(), ErrorCode::kUsage);
  }
  EXPECT_FALSE(CheckComposition({}));
  EXPECT_FALSE(CheckComposition(Composition(kMaximumEvents + 1, good)));
}

TEST(Composition, RefusesJsonThatSaysMoreOrLessThanItMust) {
  for (const char* bad :
       {R"([{"mechanism":"laplace","q":0.5,"sigma":2.25,"steps":30}])", R"([{"q":0.5,"sigma":2.25,"steps":30}])",
        R"([{"mechanism":"subsampled-gaussian","q":0.5,"sigma":2.25,"steps":30,"epsilon":0}])",
        R"([{"mechanism":"subsampled-gaussian","q":1.5,"sigma":2.25,"steps":30}])",
        R"([{"mechanism":"subsampled-gaussian","q":0.5,"sigma":0,"steps":30}])",
        R"([{"mechanism":"subsampled-gaussian","q":0.5,"sigma":2.25,"steps":0}])",
        R"([{"mechanism":"subsampled-gaussian","q":0.5,"sigma":2.25,"steps":1.5}])", "[]", "{}", "null"}) {
    const auto json = Json::Parse(bad);
    ASSERT_TRUE(json);
    EXPECT_FALSE(CompositionFromJson(*json)) << bad;
  }
}

TEST(Composition, WritesWhatItReads) {
  const auto json = Json::Parse(kGood);
  ASSERT_TRUE(json);
  const auto events = CompositionFromJson(*json);
  ASSERT_TRUE(events);
  EXPECT_EQ(*events, (Composition{{MechanismKind::kSubsampledGaussian, 2.25, 0.5, 30}}));
  const auto canonical = CompositionToJson(*events).Canonical();
  ASSERT_TRUE(canonical);
  EXPECT_EQ(*canonical, kGood);
}

}  // namespace
}  // namespace cloister::privacy

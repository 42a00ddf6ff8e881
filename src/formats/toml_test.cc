#include "formats/toml.h"

#include <gmock/gmock.h>

namespace cloister::formats {
namespace {

using ::testing::StartsWith;

TEST(Toml, RefusesWithLineAndColumn) {
  EXPECT_THAT(ParseToml("a = 1\nb = \n").error().message(), StartsWith("TOML line 2, column "));
  EXPECT_THAT(ParseToml("a = 1\na = 2\n").error().message(), StartsWith("TOML line 2, column "));
  for (const char* bad : {"a", "= 1", "[a", "a = 1 2", "a = \"", "a = '''x", "[a]\n[a]", "a = 01", "a = {b = 1, b = 2}",
                          "a.b = 1\na = 2", "a = 9223372036854775808", "a = \"\xff\""}) {
    EXPECT_EQ(ParseToml(bad).error().code(), ErrorCode::kMalformed) << bad;
  }
}

TEST(Toml, RefusesWhatTheParserAssertsNotToBeThere) {
  for (const char* bad : {"[\n", "[\na]\n", "[[[a]]]", "[[=", "[ #", "\u00E4 = 1", "a = 1 \u0227", "[\u0227]", "\u00A0"}) {
    EXPECT_EQ(ParseToml(bad).error().code(), ErrorCode::kMalformed) << bad;
  }
}

TEST(Toml, RefusesWhatJsonCannotCarry) {
  EXPECT_EQ(ParseToml("\nwhen = 2026-11-20T13:00:00Z").error().message(),
            "TOML line 2, column 8: expected a string, got a date or time");
  EXPECT_EQ(ParseToml("a = inf").error().code(), ErrorCode::kUnsupported);
  EXPECT_EQ(ParseToml("a = nan").error().code(), ErrorCode::kUnsupported);
}

TEST(Toml, RefusesWhatIsTooLongOrTooDeep) {
  EXPECT_EQ(ParseToml("a = 1", {.max_bytes = 4}).error().code(), ErrorCode::kLimit);
  EXPECT_TRUE(ParseToml("a.b = 1", {.max_depth = 2}));
  EXPECT_EQ(ParseToml("a.b.c = 1", {.max_depth = 2}).error().code(), ErrorCode::kLimit);
  EXPECT_FALSE(ParseToml("a = " + std::string(10000, '[')));
}

TEST(Toml, ReadsTablesArraysAndTypes) {
  const auto toml = ParseToml(R"(# configuration
algorithm = "sha256"
epsilon = 2.0
big = 1_000_000
deep.er = true
[data]
"cloister.json" = '''{"a": 1}
'''
[[brokers]]
party = "north"
[[brokers]]
party = "south"
)");
  ASSERT_TRUE(toml) << toml.error().message();
  EXPECT_EQ(toml->Dump(), R"({"algorithm":"sha256","big":1000000,"brokers":[{"party":"north"},{"party":"south"}],)"
                          R"("data":{"cloister.json":"{\"a\": 1}\n"},"deep":{"er":true},"epsilon":2.0})");
}

}  // namespace
}  // namespace cloister::formats

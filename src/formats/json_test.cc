#include "formats/json.h"

#include <gmock/gmock.h>

#include <bit>
#include <cmath>
#include <filesystem>

#include "base/file.h"
#include "formats/internal/json_text.h"

namespace cloister::formats {
namespace {

using ::testing::HasSubstr;

Json Parsed(std::string_view text) {
  auto json = Json::Parse(text);
  EXPECT_TRUE(json) << text << ": " << json.error().message();
  return json ? *json : Json();
}

TEST(Json, RefusesWhatIsNotJson) {
  for (const char* bad : {"",
                          " ",
                          "{",
                          "[1,]",
                          "[1 2]",
                          "{\"a\":1,}",
                          "{a:1}",
                          "{'a':1}",
                          "01",
                          "+1",
                          "1.",
                          ".5",
                          "1e",
                          "-",
                          "0x10",
                          "NaN",
                          "Infinity",
                          "-Infinity",
                          "nul",
                          "True",
                          "// c\n1",
                          "/* c */ 1",
                          "\"\t\"",
                          "\"\\x\"",
                          "\"\\u12\"",
                          "\"",
                          "[1] 2",
                          "1 1",
                          "{} {}",
                          "[",
                          "]",
                          "\"\\ud800\"",
                          "\"\\udc00\"",
                          "\"\\ud800\\u0041\"",
                          "\xEF\xBB\xBF{}",
                          "\"\xff\"",
                          "\"\xc0\x80\"",
                          "\"\xed\xa0\x80\"",
                          "\"\xf4\x90\x80\x80\"",
                          "1e400",
                          "-1e400"}) {
    const auto json = Json::Parse(bad);
    ASSERT_FALSE(json) << bad;
    EXPECT_EQ(json.error().code(), ErrorCode::kMalformed) << bad;
  }
  EXPECT_FALSE(Json::Parse(std::string_view("1\0garbage", 9)));
  EXPECT_FALSE(Json::Parse(std::string_view("{}\0", 3)));
}

TEST(Json, RefusesAMemberThatComesTwice) {
  EXPECT_EQ(Json::Parse(R"({"a":1,"b":{"c":1,"c":2}})").error().message(), R"(JSON: member "c" comes twice)");
  EXPECT_FALSE(Json::Parse(R"({"a":1,"\u0061":2})"));
  EXPECT_TRUE(Json::Parse(R"([{"a":1},{"a":1}])"));
}

TEST(Json, RefusesWhatIsTooDeepOrTooLong) {
  EXPECT_TRUE(Json::Parse(std::string(64, '[') + std::string(64, ']')));
  EXPECT_EQ(Json::Parse(std::string(65, '[') + std::string(65, ']')).error().code(), ErrorCode::kLimit);
  EXPECT_EQ(Json::Parse("[1,2]", {.max_bytes = 4}).error().code(), ErrorCode::kLimit);
  EXPECT_EQ(Json::Parse(R"({"a":{}})", {.max_depth = 1}).error().code(), ErrorCode::kLimit);
}

TEST(Json, RefusesIntegersThatWouldLoseDigits) {
  EXPECT_EQ(*Parsed("9223372036854775807").AsInt(), INT64_MAX);
  EXPECT_EQ(*Parsed("-9223372036854775808").AsInt(), INT64_MIN);
  EXPECT_FALSE(Json::Parse("9223372036854775808"));
  EXPECT_FALSE(Json::Parse("-9223372036854775809"));
  EXPECT_FALSE(Json::Parse("18446744073709551615"));
  EXPECT_FALSE(Json::Parse("100000000000000000000000000000000"));
  EXPECT_EQ(*Parsed("100000000000000000000").AsNumber(), 1e20);
  EXPECT_EQ(*Parsed("18446744073709551615.0").AsNumber(), 18446744073709551615.0);
}

TEST(Json, ErrorsDoNotQuoteTheInput) {
  EXPECT_EQ(Json::Parse(R"({"key": secret})").error().message(), "JSON: syntax error at byte 9");
}

TEST(Json, LookupsSayWhatCame) {
  const Json json = Parsed(R"({"a":1,"b":"x","c":1.5,"d":[1,"y"],"e":{"f":true},"g":null})");
  EXPECT_EQ(json.GetString("a").error().message(), R"(member "a": expected a string, got an integer)");
  EXPECT_EQ(json.GetInt("c").error().message(),
            R"(member "c": expected an integer, got a number with a fraction or exponent)");
  EXPECT_EQ(json.GetInt("z").error().message(), R"(expected member "z", got none)");
  EXPECT_EQ(json.GetStrings("d").error().message(), R"(member "d": expected a string, got an integer)");
  EXPECT_EQ(json.GetIntIn("a", 2, 3).error().message(), R"(member "a": expected 2 to 3, got 1)");
  EXPECT_EQ(Json(3).GetInt("a").error().message(), "expected an object, got an integer");
  EXPECT_EQ(*json.GetNumber("a"), 1.0);
  EXPECT_EQ(*(*json.GetObject("e"))->GetBool("f"), true);
  EXPECT_EQ(*json.FindInt("z"), std::nullopt);
  EXPECT_EQ(*json.FindInt("a"), 1);
  EXPECT_FALSE(json.FindInt("g"));
  EXPECT_FALSE(Json().FindInt("a"));
  EXPECT_EQ(json.RefuseUnknownMembers({"a", "b", "c", "d", "e"}).error().message(), R"(unknown member "g")");
  EXPECT_TRUE(json.RefuseUnknownMembers({"a", "b", "c", "d", "e", "g"}));
}

TEST(Json, FollowsPointers) {  // the examples of RFC 6901 §5
  const Json json = Parsed(R"({"foo":["bar","baz"],"":0,"a/b":1,"c%d":2,"m~n":8," ":7})");
  EXPECT_EQ(**json.At(""), json);
  EXPECT_EQ(**json.At("/foo/1"), Json("baz"));
  EXPECT_EQ(**json.At("/"), Json(0));
  EXPECT_EQ(**json.At("/a~1b"), Json(1));
  EXPECT_EQ(**json.At("/m~0n"), Json(8));
  for (const char* absent : {"/foo/2", "/foo/01", "/foo/-", "/foo/", "/x", "/a~1b/c"}) {
    EXPECT_EQ(json.At(absent).error().code(), ErrorCode::kNotFound) << absent;
  }
  EXPECT_EQ(json.At("foo").error().code(), ErrorCode::kMalformed);
  EXPECT_EQ(json.At("/m~2n").error().code(), ErrorCode::kMalformed);
}

TEST(Json, WritesCompactlyAndForPeople) {
  Json json = Json::Object{{"b", Json::Array{1, 1.0, nullptr, true}}, {"a", "\n\x7f\"\\"}, {"e", Json::Object{}}};
  EXPECT_EQ(json.Dump(), "{\"a\":\"\\n\x7f\\\"\\\\\",\"b\":[1,1.0,null,true],\"e\":{}}");
  EXPECT_EQ(Json(Json::Object{{"a", Json::Array{1, 2}}}).Pretty(), "{\n  \"a\": [\n    1,\n    2\n  ]\n}\n");
  EXPECT_EQ(Parsed(json.Dump()), json);
  EXPECT_EQ(Parsed(json.Pretty()), json);
  EXPECT_EQ(Json("a\xff").Dump(), "\"a\xEF\xBF\xBD\"");
  json.Set("c", 3);
  json.Remove("b");
  EXPECT_EQ(*json.GetInt("c"), 3);
  EXPECT_EQ(json.Find("b"), nullptr);
}

TEST(CanonicalJson, RefusesWhatItCannotCarry) {
  EXPECT_EQ(Json(NAN).Canonical().error().code(), ErrorCode::kUnsupported);
  EXPECT_EQ(Json(Json::Array{INFINITY}).Canonical().error().code(), ErrorCode::kUnsupported);
  EXPECT_EQ(Json(9007199254740993).Canonical().error().code(), ErrorCode::kUnsupported);
  EXPECT_EQ(Json(INT64_MAX).Canonical().error().code(), ErrorCode::kUnsupported);
  EXPECT_EQ(Json(-9007199254740993).Canonical().error().code(), ErrorCode::kUnsupported);
  EXPECT_EQ(Json("\xff").Canonical().error().code(), ErrorCode::kUnsupported);
  EXPECT_EQ(Json(Json::Object{{"\xff", 1}}).Canonical().error().code(), ErrorCode::kUnsupported);
  EXPECT_EQ(*Json(9007199254740991).Canonical(), "9007199254740991");
  EXPECT_EQ(*Json(9007199254740992).Canonical(), "9007199254740992");
  EXPECT_EQ(*Parsed(*Json(2e16).Canonical()).Canonical(), "20000000000000000");
}

TEST(CanonicalJson, AgreesWithTheTestDataOfRfc8785) {
  const std::filesystem::path dir = std::filesystem::path(CLOISTER_TESTDATA_DIR) / "jcs";
  int cases = 0;
  for (const auto& entry : std::filesystem::directory_iterator(dir / "input")) {
    const std::string input = *ReadTextFile(entry.path(), 10000);
    const std::string output = *ReadTextFile(dir / "output" / entry.path().filename(), 10000);
    EXPECT_EQ(*Parsed(input).Canonical(), output) << entry.path();
    EXPECT_EQ(*Parsed(output).Canonical(), output) << entry.path();
    ++cases;
  }
  EXPECT_EQ(cases, 6);
}

TEST(CanonicalJson, WritesTheNumbersOfRfc8785AppendixB) {
  const std::pair<std::uint64_t, const char*> cases[] = {{0x0000000000000000, "0"},
                                                         {0x8000000000000000, "0"},
                                                         {0x0000000000000001, "5e-324"},
                                                         {0x8000000000000001, "-5e-324"},
                                                         {0x7fefffffffffffff, "1.7976931348623157e+308"},
                                                         {0xffefffffffffffff, "-1.7976931348623157e+308"},
                                                         {0x4340000000000000, "9007199254740992"},
                                                         {0xc340000000000000, "-9007199254740992"},
                                                         {0x4430000000000000, "295147905179352830000"},
                                                         {0x44b52d02c7e14af5, "9.999999999999997e+22"},
                                                         {0x44b52d02c7e14af6, "1e+23"},
                                                         {0x44b52d02c7e14af7, "1.0000000000000001e+23"},
                                                         {0x444b1ae4d6e2ef4e, "999999999999999700000"},
                                                         {0x444b1ae4d6e2ef4f, "999999999999999900000"},
                                                         {0x444b1ae4d6e2ef50, "1e+21"},
                                                         {0x3eb0c6f7a0b5ed8c, "9.999999999999997e-7"},
                                                         {0x3eb0c6f7a0b5ed8d, "0.000001"},
                                                         {0x41b3de4355555553, "333333333.3333332"},
                                                         {0x41b3de4355555554, "333333333.33333325"},
                                                         {0x41b3de4355555555, "333333333.3333333"},
                                                         {0x41b3de4355555556, "333333333.3333334"},
                                                         {0x41b3de4355555557, "333333333.33333343"},
                                                         {0xbecbf647612f3696, "-0.0000033333333333333333"},
                                                         {0x43143ff3c1cb0959, "1424953923781206.2"}};
  for (const auto& [bits, text] : cases) {
    const auto value = std::bit_cast<double>(bits);
    EXPECT_EQ(*Json(value).Canonical(), text);
    EXPECT_EQ(EcmaScriptNumber(*Parsed(text).AsNumber()), text);
  }
}

}  // namespace
}  // namespace cloister::formats

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "base/secret_bytes.h"
#include "telemetry/json_text.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"
#include "telemetry/trace.h"

namespace cloister::telemetry {
namespace {

using testing::HasSubstr;
using testing::Not;

const Time kNow = *FromRfc3339("2026-11-20T13:00:00Z");
constexpr std::string_view kTraceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

static_assert(!std::is_constructible_v<Field, std::string_view, SecretBytes>);
static_assert(!std::is_constructible_v<Field, std::string_view, Bytes>);

std::string Quoted(std::string_view text) {
  std::string out;
  AppendJsonString(out, text);
  return out;
}

TEST(JsonText, EscapesWhatWouldEndTheStringOrTheLine) {
  EXPECT_EQ(Quoted("a\"b\\c\n\r\t\x01\x7F"), R"("a\"b\\c\n\r\t\u0001\u007f")");
  EXPECT_EQ(Quoted("Grüße 🔒"), "\"Grüße 🔒\"");
}

TEST(JsonText, ReplacesWhatIsNotUtf8) {
  const std::string mark = "\xEF\xBF\xBD";
  EXPECT_EQ(Quoted("a\xFFz"), '"' + ("a" + mark) + "z\"");
  EXPECT_EQ(Quoted("\xC0\xAF"), '"' + mark + mark + '"');             // overlong slash
  EXPECT_EQ(Quoted("\xED\xA0\x80"), '"' + mark + mark + mark + '"');  // surrogate
  EXPECT_EQ(Quoted("\xE2\x82"), '"' + mark + mark + '"');             // cut off
}

TEST(Logger, WritesOneObjectALine) {
  std::ostringstream out;
  const FakeClock clock(kNow);
  const Logger logger(std::make_shared<StreamSink>(out), clock, Level::kInfo, "broker");
  logger.Info("released a key",
              {{"contract", "c-\"7\"\n"}, {"rows", 12u}, {"offset", -3}, {"share", 0.5}, {"sealed", true}});
  EXPECT_EQ(out.str(),
            R"({"time":"2026-11-20T13:00:00Z","level":"info","component":"broker","message":"released a key",)"
            R"("contract":"c-\"7\"\n","rows":12,"offset":-3,"share":0.5,"sealed":true})"
            "\n");
}

TEST(Logger, DropsLinesBelowItsLevelAndWithoutASink) {
  std::ostringstream out;
  const FakeClock clock(kNow);
  const Logger logger(std::make_shared<StreamSink>(out), clock, Level::kWarning, "net");
  logger.Debug("no");
  logger.Info("no");
  Logger().Error("no");
  EXPECT_EQ(out.str(), "");
  logger.For("net.client").Error("yes");
  EXPECT_THAT(out.str(), HasSubstr(R"("component":"net.client","message":"yes"})"));
}

TEST(Logger, KeepsFieldsFromReplacingTheFixedOnes) {
  std::ostringstream out;
  const FakeClock clock(kNow);
  Logger(std::make_shared<StreamSink>(out), clock, Level::kInfo, "x").Info("m", {{"level", "none"}});
  EXPECT_THAT(out.str(), HasSubstr(R"("field.level":"none")"));
}

TEST(Registry, ShowsThePrometheusText) {
  Registry registry;
  registry.CounterFor("requests_total", "Requests.", {{"route", "/a\"\\\n"}, {"status", "200"}}).Add(3);
  registry.CounterFor("requests_total", "Requests.", {{"route", "/a\"\\\n"}, {"status", "200"}}).Add();
  registry.GaugeFor("connections", "Open\nnow.").Set(2.5);
  Histogram& seconds = registry.HistogramFor("seconds", "Time.", {0.1, 1});
  for (const double value : {0.05, 0.1, 0.5, 7.0}) seconds.Observe(value);
  EXPECT_EQ(registry.ToPrometheusText(),
            "# HELP connections Open\\nnow.\n# TYPE connections gauge\nconnections 2.5\n"
            "# HELP requests_total Requests.\n# TYPE requests_total counter\n"
            "requests_total{route=\"/a\\\"\\\\\\n\",status=\"200\"} 4\n"
            "# HELP seconds Time.\n# TYPE seconds histogram\n"
            "seconds_bucket{le=\"0.1\"} 2\nseconds_bucket{le=\"1\"} 3\nseconds_bucket{le=\"+Inf\"} 4\n"
            "seconds_sum 7.65\nseconds_count 4\n");
}

TEST(Registry, BoundsTheSeriesOfOneName) {
  Registry registry(2);
  for (int i = 0; i < 50; ++i) registry.CounterFor("hits_total", "Hits.", {{"who", std::to_string(i)}}).Add();
  EXPECT_EQ(registry.CounterFor("hits_total", "Hits.", {{"who", "31"}}).value(), 48u);
  EXPECT_THAT(registry.ToPrometheusText(), HasSubstr("hits_total{who=\"other\"} 48\n"));
  EXPECT_THAT(registry.ToPrometheusText(), Not(HasSubstr("who=\"2\"")));
}

TEST(RegistryDeathTest, EndsOnBadNamesAndMixedKinds) {
  Registry registry;
  registry.CounterFor("a_total", "A.");
  EXPECT_DEATH(registry.GaugeFor("a_total", "A."), "kind");
  EXPECT_DEATH(registry.CounterFor("a-b", "A."), "IsName");
  EXPECT_DEATH(registry.CounterFor("b", "B.", {{"le", "1"}}), "IsName");
  EXPECT_DEATH(registry.HistogramFor("h", "H.", {1, 1}), "bounds_");
}

TEST(Traceparent, RefusesWhatIsNotOne) {
  for (std::size_t size = 0; size < kTraceparent.size(); ++size) {
    EXPECT_EQ(ParseTraceparent(kTraceparent.substr(0, size)).error().code(), ErrorCode::kMalformed);
  }
  const std::string good(kTraceparent);
  for (const std::string& bad :
       std::vector<std::string>{good + "-extra", good + "0", "ff" + good.substr(2), "01" + good.substr(2) + "x",
                                "00-00000000000000000000000000000000-b7ad6b7169203331-01",
                                "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
                                "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
                                "00-0af7651916cd43dd8448eb211c80319c_b7ad6b7169203331-01"}) {
    EXPECT_FALSE(ParseTraceparent(bad)) << bad;
  }
}

TEST(Traceparent, ReadsAndWritesTheExampleOfTheSpecification) {
  const TraceContext trace = *ParseTraceparent(kTraceparent);
  EXPECT_EQ(ToHex(trace.trace_id), "0af7651916cd43dd8448eb211c80319c");
  EXPECT_EQ(ToHex(trace.parent_id), "b7ad6b7169203331");
  EXPECT_TRUE(trace.sampled);
  EXPECT_EQ(FormatTraceparent(trace), kTraceparent);
  EXPECT_EQ(*ParseTraceparent("cc" + std::string(kTraceparent.substr(2)) + "-what-comes-later"), trace);
}

}  // namespace
}  // namespace cloister::telemetry

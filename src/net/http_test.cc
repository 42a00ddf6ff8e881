#include "net/http.h"

#include <gtest/gtest.h>

#include "net/client.h"
#include "net/internal/parser.h"
#include "net/router.h"

namespace cloister::net {
namespace {

using internal::MessageLimits;
using internal::RequestParser;
using internal::ResponseBody;
using internal::ResponseParser;

constexpr MessageLimits kLimits{1000, 100};

// The status a server answers with to `text`, or 200 where it is a whole request; 0 where more is awaited.
int StatusFor(std::string_view text, const MessageLimits& limits = kLimits) {
  const auto parser = RequestParser::Create(limits);
  const auto used = parser->Feed(AsBytes(text));
  if (!used) return parser->status();
  return parser->done() ? 200 : 0;
}

TEST(RequestParser, RefusesMalformedRequests) {
  const std::string host = "Host: x\r\n";
  for (const std::string& bad :
       std::vector<std::string>{"garbage\r\n\r\n", "GET /\r\n\r\n", "GET / HTTP/2.0\r\n\r\n", "GET / HTTP/1.1\n\n",
                                "G\x01T / HTTP/1.1\r\n" + host + "\r\n",
                                "GET / HTTP/1.1\r\n\r\n",                     // no Host
                                "GET / HTTP/1.1\r\n" + host + host + "\r\n",  // two
                                "GET http://x/ HTTP/1.1\r\n" + host + "\r\n", "GET x HTTP/1.1\r\n" + host + "\r\n",
                                "GET /%zz HTTP/1.1\r\n" + host + "\r\n", "GET /%00 HTTP/1.1\r\n" + host + "\r\n",
                                "GET / HTTP/1.1\r\nHost : x\r\n\r\n", "GET / HTTP/1.1\r\n" + host + "a b: c\r\n\r\n",
                                "POST / HTTP/1.1\r\n" + host + "Content-Length: -1\r\n\r\n",
                                "POST / HTTP/1.1\r\n" + host + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab",
                                "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\nzz\r\n"}) {
    EXPECT_EQ(StatusFor(bad), 400) << bad;
  }
}

// Two readers that see different ends of one request: the ground of request smuggling.
TEST(RequestParser, RefusesAmbiguousBodies) {
  const std::string head = "POST / HTTP/1.1\r\nHost: x\r\n";
  EXPECT_EQ(StatusFor(head + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), 501);
  EXPECT_EQ(StatusFor(head + "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n"), 400);
  EXPECT_EQ(StatusFor(head + "Transfer-Encoding: gzip\r\n\r\n"), 501);
  EXPECT_EQ(StatusFor(head + "Transfer-Encoding: chunked, gzip\r\n\r\n"), 501);
  EXPECT_EQ(StatusFor(head + "Transfer-Encoding: chunked\r\n\r\n0\r\nContent-Length: 5\r\n\r\n"), 400);
}

TEST(RequestParser, KeepsToItsLimits) {
  const std::string head = "POST / HTTP/1.1\r\nHost: x\r\n";
  EXPECT_EQ(StatusFor(head + "A: " + std::string(2000, 'a')), 431);
  std::string many = head;
  for (int i = 0; i < 300; ++i) many += "a: b\r\n";
  EXPECT_EQ(StatusFor(many), 431);  // each is small, their sum is not
  EXPECT_EQ(StatusFor(many + "\r\n", {1 << 20, 100}), 200);
  for (int i = 0; i < 800; ++i) many += "a: b\r\n";
  EXPECT_EQ(StatusFor(many + "\r\n", {1 << 20, 100}), 431);  // more than 1000 fields
  EXPECT_EQ(StatusFor(head + "Content-Length: 101\r\n\r\n"), 413);
  EXPECT_EQ(StatusFor(head + "Content-Length: 100\r\n\r\n" + std::string(100, 'b')), 200);
  const std::string chunked = head + "Transfer-Encoding: chunked\r\n\r\n";
  EXPECT_EQ(StatusFor(chunked + "65\r\n" + std::string(101, 'b') + "\r\n0\r\n\r\n"), 413);
  EXPECT_EQ(StatusFor(chunked + "64\r\n" + std::string(100, 'b') + "\r\n1\r\nb\r\n0\r\n\r\n"), 413);
  EXPECT_EQ(StatusFor(chunked + "1;" + std::string(20'000, 'x')), 400);
}

TEST(RequestParser, ReadsTheSameByteByByte) {
  const std::string text =
      "POST /a/b%20c?x=1&y=%2F&z HTTP/1.1\r\nHost: x\r\nToken: abc\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3\r\nabc\r\n2;e=1\r\nde\r\n0\r\nToken: trailer\r\n\r\n";
  for (const std::size_t step : {std::size_t{1}, std::size_t{7}, text.size()}) {
    const auto parser = RequestParser::Create(kLimits);
    Bytes waiting;
    for (std::size_t at = 0; at < text.size(); at += step) {
      const auto part = ToBytes(std::string_view(text).substr(at, step));
      waiting.insert(waiting.end(), part.begin(), part.end());
      const auto used = parser->Feed(waiting);
      ASSERT_TRUE(used) << used.error().ToText();
      waiting.erase(waiting.begin(), waiting.begin() + static_cast<std::ptrdiff_t>(*used));
    }
    ASSERT_TRUE(parser->done());
    const Request& request = parser->request();
    EXPECT_EQ(request.method, "POST");
    EXPECT_EQ(request.path, "/a/b%20c");
    EXPECT_EQ(request.Query("y"), "/");
    EXPECT_EQ(request.Query("z"), "");
    EXPECT_EQ(request.Query("none"), std::nullopt);
    EXPECT_EQ(request.headers.Find("TOKEN"), "abc");
    EXPECT_EQ(request.headers.Count("token"), 1u);  // the trailer's is dropped
    EXPECT_EQ(AsText(request.body), "abcde");
    EXPECT_TRUE(parser->keep_alive());
  }
}

// Beast asserts on a last chunk that arrives in pieces.
TEST(RequestParser, TakesALastChunkInPieces) {
  const std::string text = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
  for (std::size_t cut = text.size() - 5; cut < text.size(); ++cut) {
    const auto parser = RequestParser::Create(kLimits);
    std::size_t used = 0;
    for (std::size_t end = cut; end <= text.size(); ++end) {
      used += *parser->Feed(AsBytes(std::string_view(text).substr(used, end - used)));
    }
    EXPECT_TRUE(parser->done()) << cut;
  }
}

TEST(ResponseParser, RefusesWhatIsTooLargeOrCutOff) {
  const auto feed = [](std::string_view text, bool end) -> Result<void> {
    const auto parser = ResponseParser::Create(kLimits, ResponseBody::kAsStated);
    TRY(parser->Feed(AsBytes(text)));
    if (end) TRY(parser->FeedEnd());
    return {};
  };
  EXPECT_EQ(feed("HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n", false).error().code(), ErrorCode::kLimit);
  EXPECT_EQ(feed("HTTP/1.1 200 OK\r\n\r\n" + std::string(101, 'a'), false).error().code(), ErrorCode::kLimit);
  EXPECT_EQ(feed("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", true).error().code(), ErrorCode::kMalformed);
  EXPECT_EQ(feed("HTTP/1.1 999 X\r\n\r\n", true).error().code(), ErrorCode::kMalformed);
  EXPECT_EQ(feed("SSH-2.0\r\n\r\n", false).error().code(), ErrorCode::kMalformed);
  EXPECT_TRUE(feed("HTTP/1.1 200 OK\r\n\r\nuntil the end", true));
}

TEST(FormatHead, RefusesWhatWouldBreakTheMessage) {
  const auto code = [](const Request& request) { return internal::FormatRequestHead(request, "h").error().code(); };
  Request request;
  request.headers.Add("A", "b\r\nC: d");
  EXPECT_EQ(code(request), ErrorCode::kUsage);
  request.headers = {};
  request.headers.Add("Content-Length", "3");
  EXPECT_EQ(code(request), ErrorCode::kUsage);
  request.headers = {};
  request.method = "GET /x";
  EXPECT_EQ(code(request), ErrorCode::kUsage);
  request.method = "GET";
  for (const std::string& path : std::vector<std::string>{"", "x", "/a b", "/\r\n", "/?q=1"}) {
    request.path = path;
    EXPECT_FALSE(internal::FormatRequestHead(request, "h")) << path;
  }
  request.path = "/p";
  request.query = {{"a b", "&=/"}};
  EXPECT_EQ(*internal::FormatRequestHead(request, "h"), "GET /p?a%20b=%26%3D%2F HTTP/1.1\r\nHost: h\r\n\r\n");
}

TEST(Problem, HidesWhatFailedInsideUs) {
  EXPECT_EQ(AsText(Problem(Error(ErrorCode::kIo, "/secret/path")).body),
            R"({"type":"about:blank","title":"Internal Server Error","status":500,"code":"io"})");
  EXPECT_EQ(AsText(Problem(Error(ErrorCode::kRefused, "say \"no\"")).body),
            R"({"type":"about:blank","title":"Forbidden","status":403,"code":"refused","detail":"say \"no\""})");
}

TEST(Origin, RefusesAllButSchemeHostAndPort) {
  for (const std::string& bad : std::vector<std::string>{
           "", "x", "ftp://x", "https://", "https://x/y", "https://u@x", "https://x:0", "https://x:65536",
           "https://x:+1", "https://[::1", "https://[::1]x", "https://x?y", "https://x y"}) {
    EXPECT_FALSE(Origin::Parse(bad)) << bad;
  }
  EXPECT_EQ(Origin::Parse("https://[::1]:8443/")->host, "::1");
  for (const std::string& good :
       std::vector<std::string>{"https://a.example", "https://[::1]:8443", "http://127.0.0.1:8080"}) {
    EXPECT_EQ(Origin::Parse(good)->ToUrl(), good);
  }
}

std::string Route(const Router& router, std::string method, std::string path) {
  Request request;
  request.method = std::move(method);
  request.path = std::move(path);
  const Response response = router.Handle(std::move(request));
  if (const auto allow = response.headers.Find("Allow")) return std::to_string(response.status) + ' ' + *allow;
  return response.status == 200 ? std::string(AsText(response.body)) : std::to_string(response.status);
}

Handler Show(std::string name) {
  return [name](const Request& request) -> Result<Response> {
    std::string text = name;
    for (const auto& [key, value] : request.captures) text += ' ' + key + '=' + value;
    return Response::Text(200, "text/plain", text);
  };
}

TEST(Router, RefusesPathsThatLeadElsewhere) {
  Router router;
  router.Add("GET", "/r/{name}", Show("one"));
  router.Add("GET", "/f/{path...}", Show("rest"));
  for (const std::string& bad :
       std::vector<std::string>{"/r/..", "/r/%2e%2e", "/r/.", "/r/a%2Fb", "/f/a/../b", "/f/a/%2E./b"}) {
    EXPECT_EQ(Route(router, "GET", bad), "400") << bad;
  }
  for (const std::string& absent :
       std::vector<std::string>{"/", "/r", "/r/", "/r/a/b", "/r/a/", "/f/", "/f/a//b", "/R/a", "//r/a"}) {
    EXPECT_EQ(Route(router, "GET", absent), "404") << absent;
  }
}

TEST(Router, FindsTheClosestRoute) {
  telemetry::Registry metrics;
  Router router(metrics);
  router.Add("GET", "/kbs/v0/resource/{repository}/{type}/{tag}", Show("get"));
  router.Add("POST", "/kbs/v0/resource/{repository}/{type}/{tag}", Show("post"));
  router.Add("GET", "/kbs/v0/resource/default/{type}/{tag}", Show("default"));
  router.Add("GET", "/kbs/{rest...}", Show("rest"));
  router.Add("GET", "/", Show("root"));
  EXPECT_EQ(Route(router, "GET", "/"), "root");
  EXPECT_EQ(Route(router, "GET", "/kbs/v0/resource/a/b%20c/d"), "get repository=a type=b c tag=d");
  EXPECT_EQ(Route(router, "POST", "/kbs/v0/resource/default/b/c"), "post repository=default type=b tag=c");
  EXPECT_EQ(Route(router, "GET", "/kbs/v0/resource/default/b/c"), "default type=b tag=c");
  EXPECT_EQ(Route(router, "HEAD", "/kbs/v0/other"), "rest rest=v0/other");
  EXPECT_EQ(Route(router, "DELETE", "/"), "405 GET");
  EXPECT_EQ(Route(router, "WEIRD", "/x"), "404");
  const std::string text = metrics.ToPrometheusText();
  EXPECT_NE(text.find(R"(http_requests_total{route="none",method="other",status="404"} 1)"), std::string::npos) << text;
}

TEST(Router, TurnsAFailureIntoAProblem) {
  Router router;
  router.Add("GET", "/", [](const Request&) -> Result<Response> { return Error(ErrorCode::kExhausted, "no budget"); });
  EXPECT_EQ(Route(router, "GET", "/"), "429");
}

}  // namespace
}  // namespace cloister::net

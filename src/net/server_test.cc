#include "net/server.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <future>
#include <thread>

#include "net/internal/test_server.h"

namespace cloister::net {
namespace {

// Sends `text` over plain TCP and reads until the server closes.
std::string Raw(std::uint16_t port, std::string_view text) {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(::connect(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  EXPECT_EQ(::send(descriptor, text.data(), text.size(), MSG_NOSIGNAL), static_cast<ssize_t>(text.size()));
  std::string answer;
  char buffer[4096];
  while (true) {
    const ssize_t size = ::recv(descriptor, buffer, sizeof(buffer), 0);
    if (size <= 0) break;
    answer.append(buffer, static_cast<std::size_t>(size));
  }
  ::close(descriptor);
  return answer;
}

TEST(Server, AnswersOversizedRequests) {
  const auto server = Serve(TlsConfig());
  const auto client = *Client::Create(server->url(), Pinned());
  const auto large = client->Post("/echo", "a/b", Bytes((2 << 20) + 1));
  ASSERT_TRUE(large) << large.error().ToText();
  EXPECT_EQ(large->status, 413);
  EXPECT_EQ(client->Post("/echo", "a/b", Bytes(2 << 20, 'x'))->body.size(), 2u << 20);
  Request request;
  request.path = "/hello";
  request.headers.Add("Authorization", std::string(400 << 10, 't'));  // tokens carry whole evidence
  EXPECT_EQ(client->Send(request)->status, 200);
  request.headers.Set("Authorization", std::string(600 << 10, 't'));
  EXPECT_EQ(client->Send(request)->status, 431);
}

// Tokens carry whole evidence: those of eight GPUs have some 170 KiB, and Trustee takes heads of 128 KiB.
TEST(TrusteeDefects, Defect8_HeadsOfHalfAMebibyteAreTaken) {
  const auto server = Serve(TlsConfig());
  const auto client = *Client::Create(server->url(), Pinned());
  Request request;
  request.path = "/hello";
  for (const std::size_t kibibytes : {129u, 170u, 511u}) {
    request.headers.Set("Authorization", "Bearer " + std::string(kibibytes << 10, 't'));
    const auto answer = client->Send(request);
    ASSERT_TRUE(answer) << answer.error().ToText();
    EXPECT_EQ(answer->status, 200) << kibibytes;
  }
  request.headers.Set("Authorization", "Bearer " + std::string(512u << 10, 't'));
  EXPECT_EQ(client->Send(request)->status, 431);
}

TEST(Server, HidesBrokenHandlers) {
  const auto server = Serve(TlsConfig());
  const auto client = *Client::Create(server->url(), Pinned());
  EXPECT_EQ(client->Get("/split")->status, 500);
  const auto thrown = client->Get("/throw");
  EXPECT_EQ(thrown->status, 500);
  EXPECT_EQ(AsText(thrown->body).find("library"), std::string_view::npos);
}

TEST(Server, AnswersMalformedRequestsAndCloses) {
  const auto server = Serve(ServerConfig());
  EXPECT_TRUE(Raw(server->port(), "nonsense\r\n\r\n").starts_with("HTTP/1.1 400 "));
  EXPECT_TRUE(Raw(server->port(), "GET / HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 400 "));
  const std::string mixed =
      Raw(server->port(),
          "GET /hello HTTP/1.1\r\nHost: x\r\n\r\nPOST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: x\r\n\r\n");
  EXPECT_TRUE(mixed.starts_with("HTTP/1.1 200 "));
  EXPECT_NE(mixed.find("HTTP/1.1 501 "), std::string::npos);
  EXPECT_EQ(Raw(Serve(TlsConfig())->port(), "GET / HTTP/1.1\r\n\r\n").find("HTTP/"), std::string::npos);
}

TEST(Server, AnswersPipelinedRequestsInOrderAndExpectations) {
  ServerConfig config;
  config.limits.body = kSoon;
  const auto server = Serve(std::move(config));
  const std::string both =
      Raw(server->port(),
          "GET /none HTTP/1.1\r\nHost: x\r\n\r\nGET /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_TRUE(both.starts_with("HTTP/1.1 404 "));
  EXPECT_TRUE(both.ends_with("\r\n\r\nhi"));
  const std::string continued =
      Raw(server->port(), "POST /echo HTTP/1.0\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(continued, "HTTP/1.1 100 Continue\r\n\r\n");  // then it waits for the body, which never comes
}

TEST(Server, ClosesOnSlowClients) {
  ServerConfig config;
  config.limits.idle = kSoon;
  config.limits.body = kSoon;
  const auto server = Serve(std::move(config));
  EXPECT_EQ(Raw(server->port(), ""), "");
  EXPECT_EQ(Raw(server->port(), "GET / HT"), "");
  EXPECT_EQ(Raw(server->port(), "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc"), "");
  ServerConfig tls = TlsConfig();
  tls.limits.handshake = kSoon;
  EXPECT_EQ(Raw(Serve(std::move(tls))->port(), "\x16\x03\x01"), "");
}

TEST(Server, SaysThatItIsBusy) {
  Gate gate;
  ServerConfig config = TlsConfig();
  config.handler_threads = 1;
  config.limits.queued_requests = 0;
  const auto server = Serve(std::move(config), gate.Routes());
  auto waiting =
      std::async(std::launch::async, [&] { return (*Client::Create(server->url(), Pinned()))->Get("/wait"); });
  gate.entered.wait();
  const auto busy = (*Client::Create(server->url(), Pinned()))->Get("/hello");
  ASSERT_TRUE(busy) << busy.error().ToText();
  EXPECT_EQ(busy->status, 503);
  EXPECT_EQ(busy->headers.Find("Retry-After"), "1");
  gate.open.count_down();
  EXPECT_EQ(AsText(waiting.get()->body), "waited");
}

TEST(Server, LetsRequestsEndWhenStopped) {
  Gate gate;
  const auto server = Serve(TlsConfig(), gate.Routes());
  const auto idle = *Connection::Open(*Origin::Parse(server->url()), Pinned());
  auto waiting =
      std::async(std::launch::async, [&] { return (*Client::Create(server->url(), Pinned()))->Get("/wait"); });
  gate.entered.wait();
  auto stopped = std::async(std::launch::async, [&] { server->Stop(std::chrono::minutes(1)); });
  Request request;
  request.path = "/hello";
  while (idle->open()) std::this_thread::yield();  // closed because the server stops
  EXPECT_EQ(idle->Send(request).error().code(), ErrorCode::kUnavailable);
  gate.open.count_down();
  const auto response = waiting.get();
  ASSERT_TRUE(response) << response.error().ToText();
  EXPECT_EQ(AsText(response->body), "waited");
  EXPECT_EQ(response->headers.Find("Connection"), "close");
  stopped.get();
  EXPECT_FALSE(Connection::Open(*Origin::Parse(server->url()), Pinned()));
}

TEST(Server, ServesManyAtOnce) {
  telemetry::Registry metrics;
  ServerConfig config = TlsConfig();
  config.io_threads = 2;
  auto server = *Server::Start(std::move(config), EchoRouter(), telemetry::Logger(), &metrics);
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      const auto client = *Client::Create(server->url(), Pinned());
      for (int j = 0; j < 20; ++j) {
        const Bytes body(static_cast<std::size_t>(i * 5000 + j), static_cast<std::uint8_t>(i * 16 + j));
        const auto response = client->Post("/echo", "a/b", body);
        ASSERT_TRUE(response) << response.error().ToText();
        EXPECT_EQ(response->body, body);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  server->Stop(std::chrono::minutes(1));
  EXPECT_EQ(metrics.GaugeFor("http_connections", "").value(), 0);
}

TEST(Server, RefusesConfigsThatMakeNoSense) {
  const auto code = [](ServerConfig config) {
    const auto server = Server::Start(std::move(config), Router(), telemetry::Logger());
    EXPECT_FALSE(server);
    return server ? ErrorCode::kInternal : server.error().code();
  };
  ServerConfig open;
  open.address = "0.0.0.0";
  EXPECT_EQ(code(std::move(open)), ErrorCode::kUsage);  // plain HTTP for everybody
  ServerConfig name;
  name.address = "localhost";
  EXPECT_EQ(code(std::move(name)), ErrorCode::kUsage);
  ServerConfig mixed;
  mixed.identity = ServerIdentity{TheIdentity().Pem(), Identity({"x"}).key.ToPem()};
  EXPECT_EQ(code(std::move(mixed)), ErrorCode::kMismatch);
  ServerConfig bad;
  bad.identity = ServerIdentity{"not PEM", TheIdentity().key.ToPem()};
  EXPECT_EQ(code(std::move(bad)), ErrorCode::kMalformed);
  const auto running = Serve(ServerConfig());
  ServerConfig taken;
  taken.port = running->port();
  EXPECT_EQ(code(std::move(taken)), ErrorCode::kIo);
}

TEST(Server, ShowsAReplacedIdentityToNewConnections) {
  const auto server = Serve(TlsConfig());
  const auto old = *Connection::Open(*Origin::Parse(server->url()), Pinned());
  const Identity next({"127.0.0.1"});
  ASSERT_TRUE(server->ReplaceIdentity(next.ForServer()));
  EXPECT_EQ(server->ReplaceIdentity({next.Pem(), TheIdentity().key.ToPem()}).error().code(), ErrorCode::kMismatch);
  EXPECT_EQ(OpenCode(*server, TrustKey{TheIdentity().Pin()}), ErrorCode::kUntrusted);
  EXPECT_TRUE(Connection::Open(*Origin::Parse(server->url()), ClientConfig(TrustKey{next.Pin()})));
  Request request;
  request.path = "/hello";
  EXPECT_EQ(old->Send(request)->status, 200);
}

TEST(PlainHttp, ServesOnLoopback) {
  const auto server = Serve(ServerConfig());
  const auto client = *Client::Create(server->url(), ClientConfig(TrustLoopback{}));
  EXPECT_EQ(AsText(client->Get("/hello")->body), "hi");
  EXPECT_EQ(client->Post("/echo", "a/b", AsBytes("x"))->headers.Find("X-Exporter"), "");
}

}  // namespace
}  // namespace cloister::net

#include "net/client.h"

#include <gtest/gtest.h>

#include "net/internal/test_server.h"

namespace cloister::net {
namespace {

TEST(TlsTrust, RefusesEveryServerThatWasNotMeant) {
  const auto server = Serve(TlsConfig());
  const FakeClock clock(kNow), early(kNow - Seconds(7200)), late(kNow + Seconds(7200));
  const Identity other({"127.0.0.1"});
  EXPECT_EQ(OpenCode(*server, TrustAuthorities{other.Pem(), &clock}), ErrorCode::kUntrusted);
  EXPECT_EQ(OpenCode(*server, TrustAuthorities{TheIdentity().Pem(), &early}), ErrorCode::kUntrusted);
  EXPECT_EQ(OpenCode(*server, TrustAuthorities{TheIdentity().Pem(), &late}), ErrorCode::kUntrusted);
  EXPECT_EQ(OpenCode(*server, TrustKey{other.Pin()}), ErrorCode::kUntrusted);
  EXPECT_EQ(OpenCode(*server, TrustKey{}), ErrorCode::kUntrusted);
  const auto refuse = [](ByteSpan) -> Result<void> { return Error(ErrorCode::kRevoked, "taken back"); };
  EXPECT_EQ(OpenCode(*server, TrustCheck{refuse}), ErrorCode::kRevoked);
  EXPECT_EQ(OpenCode(*server, TrustCheck{}), ErrorCode::kUsage);
}

TEST(TlsTrust, RefusesAnotherName) {
  ServerConfig config;
  const Identity elsewhere({"elsewhere.example", "127.0.0.2"});
  config.identity = elsewhere.ForServer();
  const auto server = Serve(std::move(config));
  const FakeClock clock(kNow);
  const std::string by_name = "https://localhost:" + std::to_string(server->port());
  EXPECT_EQ(OpenCode(*server, TrustAuthorities{elsewhere.Pem(), &clock}), ErrorCode::kUntrusted);
  EXPECT_EQ(OpenCode(*server, TrustAuthorities{elsewhere.Pem(), &clock}, by_name), ErrorCode::kUntrusted);
}

TEST(TlsTrust, RefusesSettingsThatMakeNoSense) {
  const auto server = Serve(TlsConfig());
  const FakeClock clock(kNow);
  EXPECT_EQ(OpenCode(*server, TrustAuthorities{TheIdentity().Pem(), nullptr}), ErrorCode::kUsage);
  EXPECT_EQ(OpenCode(*server, TrustAuthorities{"", &clock}), ErrorCode::kMalformed);
  EXPECT_EQ(OpenCode(*server, TrustLoopback{}), ErrorCode::kUsage);
  EXPECT_EQ(OpenCode(*server, TrustKey{TheIdentity().Pin()}, "http://127.0.0.1:1"), ErrorCode::kUsage);
}

TEST(TlsTrust, TakesTheRightCertificateKeyOrCheck) {
  const auto server = Serve(TlsConfig());
  const FakeClock clock(kNow);
  const Bytes der = TheIdentity().certificate.Der();
  const std::string by_name = "https://localhost:" + std::to_string(server->port());
  const auto is_it = [&](ByteSpan certificate) -> Result<void> {
    return Equal(certificate, der) ? Result<void>() : Error(ErrorCode::kMismatch, "another");
  };
  for (const Trust& trust : std::vector<Trust>{TrustAuthorities{TheIdentity().Pem(), &clock},
                                               TrustKey{TheIdentity().Pin()}, TrustCheck{is_it}}) {
    for (const std::string& url : {server->url(), by_name}) {
      const auto connection = Connection::Open(*Origin::Parse(url), ClientConfig(trust));
      ASSERT_TRUE(connection) << connection.error().ToText();
      EXPECT_EQ((*connection)->info().tls_version, "TLSv1.3");
      EXPECT_EQ((*connection)->info().peer_certificate, der);
      Request request;
      request.path = "/hello";
      EXPECT_EQ(AsText((*connection)->Send(request)->body), "hi");
    }
  }
}

TEST(Exporter, IsTheSameAtBothEndsAndOtherForEachConnection) {
  const auto server = Serve(TlsConfig());
  const Origin origin = *Origin::Parse(server->url());
  Request request;
  request.method = "POST";
  request.path = "/echo";
  std::vector<Bytes> seen;
  for (int i = 0; i < 3; ++i) {
    const auto connection = *Connection::Open(origin, Pinned());
    const Bytes exporter = connection->info().exporter;
    EXPECT_EQ(exporter.size(), 32u);
    for (int j = 0; j < 2; ++j) EXPECT_EQ(connection->Send(request)->headers.Find("x-exporter"), ToHex(exporter));
    EXPECT_EQ(std::count(seen.begin(), seen.end(), exporter), 0);
    seen.push_back(exporter);
  }
  ClientConfig other_label = Pinned();
  other_label.exporter_label = "EXPORTER-cloister-other";
  const auto connection = *Connection::Open(origin, other_label);
  EXPECT_NE(connection->Send(request)->headers.Find("x-exporter"), ToHex(connection->info().exporter));
}

TEST(Client, KeepsItsConnectionAndOpensANewOneWhenClosed) {
  auto server = Serve(TlsConfig());
  const auto client = *Client::Create(server->url(), Pinned());
  const auto peer = [&] { return client->Post("/echo", "text/plain", AsBytes("x"))->headers.Find("X-Peer"); };
  const auto first = peer();
  EXPECT_EQ(peer(), first);
  const std::uint16_t port = server->port();
  server.reset();
  EXPECT_EQ(client->Get("/hello").error().code(), ErrorCode::kUnavailable);
  ServerConfig config = TlsConfig();
  config.port = port;
  server = Serve(std::move(config));
  EXPECT_EQ(client->Get("/hello")->status, 200);
}

TEST(Client, FollowsNoRedirectAndTakesEmptyResponses) {
  const auto server = Serve(TlsConfig());
  const auto client = *Client::Create(server->url(), Pinned());
  EXPECT_EQ(client->Get("/elsewhere")->status, 302);
  const auto empty = client->Get("/empty");
  EXPECT_EQ(empty->status, 204);
  EXPECT_TRUE(empty->body.empty());
  Request head;
  head.method = "HEAD";
  head.path = "/hello";
  const auto response = client->Send(head);
  ASSERT_TRUE(response) << response.error().ToText();
  EXPECT_EQ(response->headers.Find("Content-Length"), "2");
  EXPECT_TRUE(response->body.empty());
  EXPECT_EQ(AsText(client->Get("/hello")->body), "hi");
}

TEST(Client, RefusesAResponseOverItsLimit) {
  const auto server = Serve(TlsConfig());
  ClientConfig config = Pinned();
  config.limits.body_bytes = 1000;
  const auto client = *Client::Create(server->url(), config);
  EXPECT_EQ(client->Post("/echo", "a/b", Bytes(1001)).error().code(), ErrorCode::kLimit);
  EXPECT_EQ(client->Post("/echo", "a/b", Bytes(1000))->body.size(), 1000u);
}

TEST(Client, GivesUpOnSlowServers) {
  Gate gate;
  const auto server = Serve(TlsConfig(), gate.Routes());
  ClientConfig config = Pinned();
  config.limits.exchange = kSoon;
  const auto connection = *Connection::Open(*Origin::Parse(server->url()), config);
  Request request;
  request.path = "/wait";
  EXPECT_EQ(connection->Send(request).error().code(), ErrorCode::kUnavailable);
  EXPECT_FALSE(connection->open());
  EXPECT_EQ(connection->Send(request).error().code(), ErrorCode::kUnavailable);
  gate.open.count_down();
}

}  // namespace
}  // namespace cloister::net

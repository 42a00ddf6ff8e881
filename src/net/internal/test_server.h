// FOR TESTS: a server on loopback with an identity made on the spot.
#pragma once

#include <gtest/gtest.h>

#include <latch>

#include "crypto/x509_builder.h"
#include "net/client.h"
#include "net/server.h"

namespace cloister::net {

inline const Time kNow = *FromRfc3339("2026-11-20T13:00:00Z");
inline constexpr auto kSoon = std::chrono::milliseconds(60);  // a deadline that a test wants to be missed

struct Identity {
  crypto::SigningKey key = crypto::SigningKey::Generate(crypto::SignatureAlgorithm::kEs256);
  crypto::Certificate certificate;

  explicit Identity(const std::vector<std::string>& names)
      : certificate(*crypto::MakeTlsCertificate(key, names, kNow - Seconds(60), kNow + Seconds(3600))) {}
  std::string Pem() const { return certificate.Pem(); }
  ServerIdentity ForServer() const { return {Pem(), key.ToPem()}; }
  std::array<std::uint8_t, 32> Pin() const { return crypto::Sha256(key.Public().SpkiDer()); }
};

inline const Identity& TheIdentity() {
  static const Identity identity({"127.0.0.1", "localhost"});
  return identity;
}

inline Router EchoRouter() {
  Router router;
  router.Add("GET", "/hello",
             [](const Request&) -> Result<Response> { return Response::Text(200, "text/plain", "hi"); });
  router.Add("POST", "/echo", [](const Request& request) -> Result<Response> {
    Response response;
    response.headers.Add("X-Peer", request.connection.peer_address);
    response.headers.Add("X-Exporter", ToHex(request.connection.exporter));
    response.body = request.body;
    return response;
  });
  router.Add("GET", "/elsewhere", [](const Request&) -> Result<Response> {
    Response response = Response::Text(302, "text/plain", "");
    response.headers.Add("Location", "/hello");
    return response;
  });
  router.Add("GET", "/empty", [](const Request&) -> Result<Response> { return Response::Text(204, "a/b", "dropped"); });
  router.Add("GET", "/split", [](const Request&) -> Result<Response> { return Response::Text(200, "a\r\nB: c", "x"); });
  router.Add("GET", "/throw", [](const Request&) -> Result<Response> { throw std::runtime_error("library"); });
  return router;
}

inline ServerConfig TlsConfig() {
  ServerConfig config;
  config.identity = TheIdentity().ForServer();
  config.exporter_label = "EXPORTER-cloister-test";
  return config;
}

inline std::unique_ptr<Server> Serve(ServerConfig config, Router router = EchoRouter()) {
  auto server = Server::Start(std::move(config), std::move(router), telemetry::Logger());
  EXPECT_TRUE(server) << server.error().ToText();
  return *std::move(server);
}

inline ClientConfig Pinned() {
  ClientConfig config(TrustKey{TheIdentity().Pin()});
  config.exporter_label = "EXPORTER-cloister-test";
  return config;
}

inline ErrorCode OpenCode(const Server& server, Trust trust, std::string_view url = "") {
  const Origin origin = *Origin::Parse(url.empty() ? server.url() : url);
  const auto connection = Connection::Open(origin, ClientConfig(std::move(trust)));
  EXPECT_FALSE(connection);
  return connection ? ErrorCode::kInternal : connection.error().code();
}

// A handler that waits until it is told to go on.
struct Gate {
  std::latch entered{1};
  std::latch open{1};

  Router Routes() {
    Router router = EchoRouter();
    router.Add("GET", "/wait", [this](const Request&) -> Result<Response> {
      entered.count_down();
      open.wait();
      return Response::Text(200, "text/plain", "waited");
    });
    return router;
  }
};

}  // namespace cloister::net

// An HTTP/1.1 server over TLS.
#pragma once

#include <chrono>
#include <memory>

#include "base/secret_bytes.h"
#include "net/router.h"
#include "telemetry/log.h"

namespace cloister::net {

// What the server shows: its certificate with the chain up to but without the root, and the key of the first, both PEM.
struct ServerIdentity {
  std::string certificate_chain_pem;
  SecretBytes private_key_pem;
};

struct ServerLimits {
  std::size_t header_bytes = 512u << 10;  // request line and header fields together
  std::size_t body_bytes = 2u << 20;
  std::size_t connections = 1024;     // more are closed at once
  std::size_t queued_requests = 256;  // waiting for a handler thread; more get 503
  std::chrono::milliseconds handshake{10'000};
  std::chrono::milliseconds idle{60'000};   // from the end of one response to the end of the next request's header
  std::chrono::milliseconds body{60'000};   // for the whole body
  std::chrono::milliseconds write{60'000};  // for the whole response
};

enum class OldestTls { k13, k12 };

struct ServerConfig {
  std::string address = "127.0.0.1";  // an IP address; "0.0.0.0" and "::" for all
  std::uint16_t port = 0;             // 0: one that is free
  // Absent: plain HTTP, and then only on a loopback address.
  std::optional<ServerIdentity> identity;
  OldestTls oldest_tls = OldestTls::k13;
  // Fills ConnectionInfo::exporter where not empty, such as "EXPORTER-cloister-channel".
  std::string exporter_label;
  ServerLimits limits;
  int io_threads = 1;
  int handler_threads = 4;
};

// Serves from Start until Stop or until it goes. Connections carry several requests, one after the other.
class Server {
 public:
  // `router` is kept. kUsage: the config makes no sense, or plain HTTP beyond loopback; kMalformed, kMismatch:
  // certificate or key; kIo: the address cannot be had. `metrics`, if given, outlives the server.
  static Result<std::unique_ptr<Server>> Start(ServerConfig config, Router router, telemetry::Logger logger,
                                               telemetry::Registry* metrics = nullptr);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  std::uint16_t port() const;
  // "https://127.0.0.1:8443".
  std::string url() const;

  // Shows `identity` on connections made from now on.
  Result<void> ReplaceIdentity(ServerIdentity identity);

  // Takes no more connections, closes the idle ones, lets requests that have begun end within `grace`, then closes the
  // rest. Returns when all threads are done; a handler that never returns keeps it waiting. May be called again.
  void Stop(std::chrono::milliseconds grace);

 private:
  struct State;
  explicit Server(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace cloister::net

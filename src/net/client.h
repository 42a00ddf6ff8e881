// An HTTP/1.1 client over TLS that trusts only what it is told to trust, and never follows a redirect.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <variant>

#include "base/time.h"
#include "net/http.h"
#include "net/server.h"

namespace cloister::net {

// The server shows a chain to one of these certificates (PEM), valid now and for the name or address in the URL.
struct TrustAuthorities {
  std::string certificates_pem;
  const Clock* clock = nullptr;  // must not be null; outlives the client
};
// The server's key is the one whose SubjectPublicKeyInfo has this SHA-256. Names and dates are not looked at.
struct TrustKey {
  std::array<std::uint8_t, 32> spki_sha256{};
};
// `check` decides over the server's certificate (DER), during the handshake and before anything is sent; OpenSSL has by
// then proved nothing but the format. The handshake then proves that the server holds the certificate's key.
struct TrustCheck {
  std::function<Result<void>(ByteSpan certificate)> check;
};
// Plain HTTP, only to a loopback address.
struct TrustLoopback {};

using Trust = std::variant<TrustAuthorities, TrustKey, TrustCheck, TrustLoopback>;

struct ClientLimits {
  std::chrono::milliseconds connect{10'000};   // connecting and the handshake; resolving a name is not counted
  std::chrono::milliseconds exchange{60'000};  // from the first byte sent to the last byte received
  std::size_t header_bytes = 512u << 10;
  std::size_t body_bytes = 16u << 20;
};

struct ClientConfig {
  explicit ClientConfig(Trust whom) : trust(std::move(whom)) {}

  Trust trust;
  OldestTls oldest_tls = OldestTls::k13;
  std::string exporter_label;  // as in ServerConfig
  // Where not empty, the connection goes to this unix socket, behind which somebody carries bytes to the origin: who it is
  // that answers is still decided by `trust` alone.
  std::string unix_socket;
  ClientLimits limits;
};

// Where a client connects to: "https://host[:port]", "https://127.0.0.1:8443", "https://[::1]:8443", without a path.
struct Origin {
  bool tls = true;
  std::string host;
  std::uint16_t port = 443;

  // kMalformed; kUnsupported: another scheme.
  static Result<Origin> Parse(std::string_view url);
  std::string ToUrl() const;
};

// One connection, never silently replaced, so that what was checked about it (its exporter) holds for every request.
// For one thread at a time.
class Connection {
 public:
  // kUntrusted: the server's certificate does not hold under config.trust (or the check's own failure); kUnavailable:
  // nobody answered in time, or the connection broke; kUsage: plain HTTP without TrustLoopback; kMalformed: bad PEM.
  static Result<std::unique_ptr<Connection>> Open(const Origin& origin, const ClientConfig& config);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  const ConnectionInfo& info() const;
  // Sends `request` and waits for the response, whatever its status. kUnavailable: timeout, or the connection is
  // closed; kLimit: the response is too large; kMalformed: it is not HTTP. After a failure the connection is closed.
  // Whether the server acted on a request that failed is not known.
  Result<Response> Send(const Request& request);
  // False once a Send failed or the server said that it closes.
  bool open() const;

 private:
  struct State;
  explicit Connection(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// Keeps a connection and opens a new one where it has closed or was idle for over 15 s. A GET or HEAD that fails on a
// kept connection is sent once more on a new one. Safe to use from several threads: one exchange at a time.
class Client {
 public:
  static Result<std::unique_ptr<Client>> Create(std::string_view url, ClientConfig config);
  ~Client();

  Result<Response> Send(const Request& request);
  Result<Response> Get(std::string_view path);
  Result<Response> Post(std::string_view path, std::string_view content_type, ByteSpan body);

 private:
  struct State;
  explicit Client(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace cloister::net

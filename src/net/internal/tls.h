// OpenSSL contexts as both ends need them. <openssl/…> stays in the .cc.
#pragma once

#include <memory>

#include "net/client.h"

struct ssl_ctx_st;
struct ssl_st;

namespace cloister::net::internal {

struct FreeContext {
  void operator()(ssl_ctx_st* context) const;
};
using TlsContext = std::unique_ptr<ssl_ctx_st, FreeContext>;

// No resumption, so that every connection proves the key anew; ALPN http/1.1; forward-secret AEAD suites only.
Result<TlsContext> MakeServerContext(const ServerIdentity& identity, OldestTls oldest);

// How a client judges the server's certificate; outlives the context and its connections.
class ServerJudge {
 public:
  // kMalformed, kUsage: what `trust` holds.
  static Result<std::unique_ptr<ServerJudge>> Create(const Trust& trust, OldestTls oldest);

  ssl_ctx_st* context() const { return context_.get(); }
  // Tells `connection` the name or address that the certificate must have, and sends the name (SNI).
  Result<void> Expect(ssl_st* connection, const std::string& host) const;
  // Why the last handshake was refused by our own judgement; none if it was not.
  std::optional<Error> Refusal(ssl_st* connection) const;
  // For OpenSSL's callback.
  bool Judge(ByteSpan certificate, ByteSpan spki);

 private:
  explicit ServerJudge(const Trust& trust) : trust_(trust) {}
  const Trust trust_;
  TlsContext context_;
  std::optional<Error> refusal_;
};

// Version, peer certificate and, where `label` is not empty, the exporter of a connection that has shaken hands.
// kUnsupported: TLS 1.2 without the extended master secret (RFC 7627), where an exporter binds nothing.
Result<void> Describe(ssl_st* connection, const std::string& label, ConnectionInfo& info);

// OpenSSL's oldest queued error as text, and empties the queue.
std::string TakeTlsError();

}  // namespace cloister::net::internal

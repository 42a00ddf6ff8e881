// A client's TCP connection, with TLS or without, where every wait has a deadline.
#pragma once

#include <chrono>
#include <memory>

#include "net/internal/tls.h"

namespace cloister::net::internal {

using Deadline = std::chrono::steady_clock::time_point;

class Socket {
 public:
  // Connects to the first of the host's addresses that answers. kUnavailable.
  static Result<std::unique_ptr<Socket>> Connect(const Origin& origin, Deadline deadline);
  // Connects to the unix socket at `path`. kUnavailable; kUsage: a path that is too long for one.
  static Result<std::unique_ptr<Socket>> ConnectUnix(const std::string& path);
  ~Socket();
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  // `judge` outlives the socket. kUntrusted or the check's own failure; kUnavailable.
  Result<void> Handshake(const ServerJudge& judge, const std::string& host, Deadline deadline);
  ssl_st* tls() const { return tls_.get(); }
  const std::string& peer_address() const { return peer_address_; }
  // Whether the peer is this machine.
  bool is_loopback() const { return is_loopback_; }

  // Sends all of `bytes`. kUnavailable.
  Result<void> Write(ByteSpan bytes, Deadline deadline);
  // Waits for some bytes; 0 when the other side ended in order. Without TLS's close_notify an end is kUnavailable,
  // since anybody could have cut the line.
  Result<std::size_t> Read(MutableByteSpan out, Deadline deadline);
  // Between responses: whether the other side has closed, or said something that nobody asked for.
  bool LooksClosed();

 private:
  struct FreeTls {
    void operator()(ssl_st* tls) const;
  };
  explicit Socket(int descriptor) : descriptor_(descriptor) {}
  Result<void> Wait(short events, Deadline deadline) const;
  // What to do after a call to OpenSSL gave `result`: success means try again.
  Result<void> WaitForTls(int result, std::string_view what, Deadline deadline) const;
  Result<std::size_t> ReadTls(MutableByteSpan out, Deadline deadline);

  int descriptor_;
  std::string peer_address_;
  bool is_loopback_ = false;
  std::unique_ptr<ssl_st, FreeTls> tls_;
};

}  // namespace cloister::net::internal

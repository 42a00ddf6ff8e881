#include "net/internal/socket.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace cloister::net::internal {
namespace {

Error Unavailable(std::string_view what) { return Error(ErrorCode::kUnavailable, std::string(what)); }
Error UnavailableErrno(std::string_view what, int number) {
  return Unavailable(std::string(what) + ": " + std::generic_category().message(number));
}

// OpenSSL's own socket BIO raises SIGPIPE where the peer has closed; this one does not.
int BioWrite(BIO* bio, const char* data, int size) {
  BIO_clear_retry_flags(bio);
  int descriptor = -1;
  BIO_get_fd(bio, &descriptor);
  const auto sent = ::send(descriptor, data, static_cast<std::size_t>(size), MSG_NOSIGNAL);
  if (sent < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_write(bio);
  return static_cast<int>(sent);
}

// A socket BIO with the write exchanged.
const BIO_METHOD* SocketMethod() {
  static const BIO_METHOD* const method = [] {
    const BIO_METHOD* original = BIO_s_socket();
    BIO_METHOD* made = BIO_meth_new(BIO_TYPE_SOCKET, "socket without SIGPIPE");
    CHECK(made != nullptr);
    BIO_meth_set_write(made, BioWrite);
    BIO_meth_set_read(made, BIO_meth_get_read(original));
    BIO_meth_set_ctrl(made, BIO_meth_get_ctrl(original));
    BIO_meth_set_create(made, BIO_meth_get_create(original));
    BIO_meth_set_destroy(made, BIO_meth_get_destroy(original));
    return made;
  }();
  return method;
}

struct FreeAddresses {
  void operator()(addrinfo* addresses) const { ::freeaddrinfo(addresses); }
};
using Addresses = std::unique_ptr<addrinfo, FreeAddresses>;

Result<Addresses> Resolve(const Origin& origin) {
  addrinfo hints = {};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int result = ::getaddrinfo(origin.host.c_str(), std::to_string(origin.port).c_str(), &hints, &found);
  if (result != 0) return Unavailable(std::string("resolve: ") + ::gai_strerror(result));
  return Addresses(found);
}

std::string AddressText(const addrinfo& address) {
  char host[NI_MAXHOST];
  char port[NI_MAXSERV];
  if (::getnameinfo(address.ai_addr, address.ai_addrlen, host, sizeof(host), port, sizeof(port),
                    NI_NUMERICHOST | NI_NUMERICSERV) != 0) {
    return "";
  }
  const std::string text = host;
  return (address.ai_family == AF_INET6 ? '[' + text + ']' : text) + ':' + port;
}

bool IsLoopback(const addrinfo& address) {
  if (address.ai_family == AF_INET) {
    const auto* v4 = reinterpret_cast<const sockaddr_in*>(address.ai_addr);
    return (ntohl(v4->sin_addr.s_addr) >> 24) == 127;
  }
  const auto* v6 = reinterpret_cast<const sockaddr_in6*>(address.ai_addr);
  return address.ai_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
}

}  // namespace

void Socket::FreeTls::operator()(ssl_st* tls) const { SSL_free(tls); }

Socket::~Socket() {
  if (tls_ && SSL_is_init_finished(tls_.get())) {
    SSL_shutdown(tls_.get());  // a close_notify if it can go at once
    ERR_clear_error();
  }
  ::close(descriptor_);
}

Result<void> Socket::Wait(short events, Deadline deadline) const {
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()).count();
    if (left <= 0) return Unavailable("no answer in time");
    pollfd one = {descriptor_, events, 0};
    const int ready = ::poll(&one, 1, static_cast<int>(std::min<long>(left, 1'000'000)));
    if (ready > 0) return {};
    if (ready < 0 && errno != EINTR) return UnavailableErrno("poll", errno);
  }
}

Result<std::unique_ptr<Socket>> Socket::Connect(const Origin& origin, Deadline deadline) {
  const Addresses addresses = TRY(Resolve(origin));
  Error last = Unavailable("no address");
  for (const addrinfo* one = addresses.get(); one != nullptr; one = one->ai_next) {
    const int descriptor = ::socket(one->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor < 0) {
      last = UnavailableErrno("socket", errno);
      continue;
    }
    std::unique_ptr<Socket> socket(new Socket(descriptor));
    int failure = ::connect(descriptor, one->ai_addr, one->ai_addrlen) == 0 ? 0 : errno;
    if (failure == EINPROGRESS) {
      if (auto waited = socket->Wait(POLLOUT, deadline); !waited) return std::move(waited).error().With("connect");
      socklen_t size = sizeof(failure);
      ::getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &failure, &size);
    }
    if (failure != 0) {
      last = UnavailableErrno("connect", failure);
      continue;
    }
    const int on = 1;
    ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    socket->peer_address_ = AddressText(*one);
    socket->is_loopback_ = IsLoopback(*one);
    return socket;
  }
  return last;
}

Result<std::unique_ptr<Socket>> Socket::ConnectUnix(const std::string& path) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) {
    return Error(ErrorCode::kUsage, path + ": expected a path of at most " +
                                        std::to_string(sizeof(address.sun_path) - 1) + " bytes for a unix socket");
  }
  path.copy(address.sun_path, path.size());
  const int descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return UnavailableErrno("socket", errno);
  std::unique_ptr<Socket> socket(new Socket(descriptor));
  if (::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    return UnavailableErrno("connect " + path, errno);
  }
  socket->peer_address_ = "unix:" + path;
  socket->is_loopback_ = true;
  return socket;
}

Result<void> Socket::WaitForTls(int result, std::string_view what, Deadline deadline) const {
  const int number = errno;
  switch (SSL_get_error(tls_.get(), result)) {
    case SSL_ERROR_WANT_READ:
      return Wait(POLLIN, deadline);
    case SSL_ERROR_WANT_WRITE:
      return Wait(POLLOUT, deadline);
    case SSL_ERROR_SYSCALL:
      ERR_clear_error();
      return UnavailableErrno(what, number);
    case SSL_ERROR_ZERO_RETURN:
      return Unavailable(std::string(what) + ": the other side has closed");
    default:
      break;
  }
  const bool cut = ERR_GET_REASON(ERR_peek_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING;
  return Error(cut ? ErrorCode::kUnavailable : ErrorCode::kUntrusted, std::string(what) + ": " + TakeTlsError());
}

Result<void> Socket::Handshake(const ServerJudge& judge, const std::string& host, Deadline deadline) {
  tls_.reset(SSL_new(judge.context()));
  BIO* bio = BIO_new(SocketMethod());
  if (!tls_ || bio == nullptr) return Error(ErrorCode::kInternal, "OpenSSL: no memory");
  BIO_set_fd(bio, descriptor_, BIO_NOCLOSE);
  SSL_set_bio(tls_.get(), bio, bio);
  TRY(judge.Expect(tls_.get(), host));
  ERR_clear_error();
  int result;
  while ((result = SSL_connect(tls_.get())) != 1) {
    auto again = WaitForTls(result, "TLS handshake", deadline);
    if (again) continue;
    if (auto refusal = judge.Refusal(tls_.get())) return *std::move(refusal);
    return again;
  }
  return {};
}

Result<void> Socket::Write(ByteSpan bytes, Deadline deadline) {
  while (!bytes.empty()) {
    if (tls_) {
      ERR_clear_error();
      const int sent =
          SSL_write(tls_.get(), bytes.data(), static_cast<int>(std::min<std::size_t>(bytes.size(), 1 << 14)));
      if (sent <= 0) {
        TRY(WaitForTls(sent, "send", deadline));
      } else {
        bytes = bytes.subspan(static_cast<std::size_t>(sent));
      }
      continue;
    }
    const ssize_t sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent >= 0) {
      bytes = bytes.subspan(static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN) {
      TRY(Wait(POLLOUT, deadline));
    } else if (errno != EINTR) {
      return UnavailableErrno("send", errno);
    }
  }
  return {};
}

Result<std::size_t> Socket::ReadTls(MutableByteSpan out, Deadline deadline) {
  while (true) {
    ERR_clear_error();
    const int size = static_cast<int>(std::min<std::size_t>(out.size(), 1 << 20));
    const int received = SSL_read(tls_.get(), out.data(), size);
    if (received > 0) return static_cast<std::size_t>(received);
    if (SSL_get_error(tls_.get(), received) == SSL_ERROR_ZERO_RETURN) return std::size_t{0};
    TRY(WaitForTls(received, "receive", deadline));
  }
}

Result<std::size_t> Socket::Read(MutableByteSpan out, Deadline deadline) {
  if (tls_) return ReadTls(out, deadline);
  while (true) {
    const ssize_t received = ::recv(descriptor_, out.data(), out.size(), 0);
    if (received >= 0) return static_cast<std::size_t>(received);
    if (errno == EAGAIN) {
      TRY(Wait(POLLIN, deadline));
    } else if (errno != EINTR) {
      return UnavailableErrno("receive", errno);
    }
  }
}

bool Socket::LooksClosed() {
  char byte;
  if (tls_) {
    ERR_clear_error();
    // Takes in what is no response, such as a ticket or the other side's close_notify.
    const int seen = SSL_peek(tls_.get(), &byte, 1);
    const bool quiet = seen <= 0 && SSL_get_error(tls_.get(), seen) == SSL_ERROR_WANT_READ;
    ERR_clear_error();
    return !quiet;
  }
  const ssize_t seen = ::recv(descriptor_, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return seen >= 0 || (errno != EAGAIN && errno != EINTR);
}

}  // namespace cloister::net::internal

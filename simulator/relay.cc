#include "simulator/relay.h"

#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <thread>

namespace cloister::simulator {
namespace {

constexpr std::size_t kMaximumName = 64;

Descriptor Connect(const Relay& relay) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* addresses = nullptr;
  if (getaddrinfo(relay.host.c_str(), relay.port.c_str(), &hints, &addresses) != 0) return Descriptor();
  Descriptor connected;
  for (const addrinfo* address = addresses; address != nullptr && !connected.valid(); address = address->ai_next) {
    Descriptor candidate(socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC, address->ai_protocol));
    if (candidate.valid() && connect(candidate.number(), address->ai_addr, address->ai_addrlen) == 0) {
      // What the guest sends goes on at once: with Nagle's algorithm each handshake would wait 40 ms for an acknowledgement.
      const int on = 1;
      setsockopt(candidate.number(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      connected = std::move(candidate);
    }
  }
  freeaddrinfo(addresses);
  return connected;
}

// Passes what is readable at `from` on to `to`. False: that direction has ended.
bool Pass(int from, int to) {
  char buffer[std::size_t{64} << 10];
  const ssize_t count = recv(from, buffer, sizeof buffer, 0);
  if (count < 0) return errno == EINTR;
  for (ssize_t sent = 0; sent < count;) {
    const ssize_t more = send(to, buffer + sent, static_cast<std::size_t>(count - sent), MSG_NOSIGNAL);
    if (more < 0 && errno != EINTR) return false;
    sent += std::max<ssize_t>(more, 0);
  }
  return count > 0;
}

void Pump(Descriptor guest, Descriptor host) {
  pollfd sides[] = {{guest.number(), POLLIN, 0}, {host.number(), POLLIN, 0}};
  int open_directions = 2;
  while (open_directions > 0) {
    if (poll(sides, 2, -1) < 0) {
      if (errno == EINTR) continue;
      return;
    }
    for (int i = 0; i < 2; ++i) {
      if (sides[i].fd < 0 || sides[i].revents == 0) continue;
      const int to = i == 0 ? host.number() : guest.number();
      if (Pass(sides[i].fd, to)) continue;
      shutdown(to, SHUT_WR);
      sides[i].fd = -1;
      --open_directions;
    }
  }
}

}  // namespace

Result<Relay> ParseRelay(std::string_view text) {
  const std::size_t equals = text.find('=');
  const std::size_t colon = text.rfind(':');
  if (equals == std::string_view::npos || colon == std::string_view::npos || colon < equals) {
    return Error(ErrorCode::kUsage, "relay: expected NAME=HOST:PORT");
  }
  Relay relay{.name = std::string(text.substr(0, equals)),
              .host = std::string(text.substr(equals + 1, colon - equals - 1)),
              .port = std::string(text.substr(colon + 1))};
  if (relay.host.size() > 2 && relay.host.front() == '[' && relay.host.back() == ']') {
    relay.host = relay.host.substr(1, relay.host.size() - 2);  // [::1]:443
  }
  const bool name_fits = std::all_of(relay.name.begin(), relay.name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
  const bool port_fits = !relay.port.empty() && relay.port.size() <= 5 &&
                         std::all_of(relay.port.begin(), relay.port.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (!name_fits || !port_fits || relay.name.empty() || relay.name.size() > kMaximumName || relay.host.empty()) {
    return Error(ErrorCode::kUsage, "relay: expected NAME=HOST:PORT, NAME of letters, digits, '-' and '_'");
  }
  return relay;
}

void ServeRelay(Descriptor listener, Relay relay) {
  std::thread([listener = std::move(listener), relay = std::move(relay)] {
    while (true) {
      Descriptor guest(accept4(listener.number(), nullptr, nullptr, SOCK_CLOEXEC));
      if (!guest.valid()) {
        if (errno == EINTR || errno == ECONNABORTED) continue;
        return;
      }
      std::thread([guest = std::move(guest), relay]() mutable {
        Descriptor host = Connect(relay);
        if (host.valid()) Pump(std::move(guest), std::move(host));
      }).detach();
    }
  }).detach();
}

}  // namespace cloister::simulator

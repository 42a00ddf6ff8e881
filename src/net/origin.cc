#include <algorithm>
#include <charconv>

#include "net/client.h"

namespace cloister::net {
namespace {

Error Malformed(std::string_view what) { return Error(ErrorCode::kMalformed, "URL: " + std::string(what)); }

Result<std::uint16_t> ParsePort(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (failure != std::errc() || end != text.data() + text.size() || port == 0) {
    return Malformed("expected a port of 1 to 65535");
  }
  return port;
}

bool IsHost(std::string_view host, std::string_view extra) {
  return !host.empty() && host.size() <= 253 && std::all_of(host.begin(), host.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || extra.find(c) != extra.npos;
  });
}

}  // namespace

Result<Origin> Origin::Parse(std::string_view url) {
  Origin origin;
  if (url.starts_with("https://")) {
    url.remove_prefix(8);
  } else if (url.starts_with("http://")) {
    origin.tls = false;
    origin.port = 80;
    url.remove_prefix(7);
  } else {
    return Error(ErrorCode::kUnsupported, "URL: expected https:// or http://");
  }
  if (url.ends_with('/')) url.remove_suffix(1);
  std::string_view port;
  if (url.starts_with('[')) {
    const std::size_t end = url.find(']');
    if (end == std::string_view::npos) return Malformed("expected ]");
    origin.host = url.substr(1, end - 1);
    port = url.substr(end + 1);
    if (!IsHost(origin.host, ":.")) return Malformed("expected an IPv6 address");
  } else {
    const std::size_t colon = std::min(url.find(':'), url.size());
    origin.host = url.substr(0, colon);
    port = url.substr(colon);
    if (!IsHost(origin.host, ".-_")) return Malformed("expected scheme://host[:port] and nothing more");
  }
  if (port.empty()) return origin;
  if (port[0] != ':') return Malformed("expected scheme://host[:port] and nothing more");
  origin.port = TRY(ParsePort(port.substr(1)));
  return origin;
}

std::string Origin::ToUrl() const {
  const std::string name = host.find(':') == std::string::npos ? host : '[' + host + ']';
  const std::string suffix = port == (tls ? 443 : 80) ? "" : ':' + std::to_string(port);
  return (tls ? "https://" : "http://") + name + suffix;
}

}  // namespace cloister::net

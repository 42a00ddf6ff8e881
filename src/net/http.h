// Requests and responses as our code sees them, without the HTTP library.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"

namespace cloister::net {

// Header fields in the order in which they came; names compare without case (RFC 9110 §5.1).
class Headers {
 public:
  void Add(std::string_view name, std::string_view value) { fields_.emplace_back(name, value); }
  // Replaces every field of that name.
  void Set(std::string_view name, std::string_view value);
  // The first field of that name.
  std::optional<std::string> Find(std::string_view name) const;
  // How many fields have that name; a name that must come once and comes twice is refused by its reader.
  std::size_t Count(std::string_view name) const;
  const std::vector<std::pair<std::string, std::string>>& fields() const { return fields_; }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

// What is known of the connection under a request.
struct ConnectionInfo {
  std::string peer_address;  // "127.0.0.1:40312"; [ ] around IPv6
  bool tls = false;
  std::string tls_version;  // "TLSv1.3"; empty without TLS
  // The peer's certificate (DER): on a client the server's, whatever the way in which it was trusted. Empty on a
  // server.
  Bytes peer_certificate;
  // 32 bytes from the TLS exporter (RFC 5705, RFC 8446 §7.5) for the label in the config, empty context; both ends of
  // one connection have the same, no other connection has. Empty without a label or without TLS.
  Bytes exporter;
};

struct Request {
  std::string method = "GET";
  // As on the wire, beginning with "/", percent-encoded, with neither query nor fragment.
  std::string path = "/";
  // Names and values, decoded, in order.
  std::vector<std::pair<std::string, std::string>> query;
  Headers headers;
  Bytes body;
  ConnectionInfo connection;  // filled by the server; ignored by the client
  // Filled by the router: the pattern that matched, and what its {names} stand for, decoded.
  std::string route;
  std::vector<std::pair<std::string, std::string>> captures;

  std::optional<std::string> Query(std::string_view name) const;
  // The capture of that name. Asking for a name that the route does not have is a bug.
  const std::string& Capture(std::string_view name) const;
};

struct Response {
  int status = 200;
  Headers headers;
  Bytes body;

  static Response Text(int status, std::string_view content_type, std::string_view body);
  static Response Json(int status, std::string_view json);
};

// The status for a failure: 400 malformed, 401 untrusted, 403 refused, 404, 409, 413 limit, 429 exhausted, 503, 500.
int StatusOf(ErrorCode code);

// An RFC 9457 problem: application/problem+json with type "about:blank", title, status, detail (the message) and code.
// What failed inside us (kInternal, kIo) keeps its message to itself.
Response Problem(const Error& error);
Response Problem(int status, std::string_view code, std::string_view detail);

// %XX decoding; "+" stays. kMalformed: an incomplete or non-hex escape, or a zero byte.
Result<std::string> PercentDecode(std::string_view text);
// Encodes all but RFC 3986 §2.3's unreserved characters.
std::string PercentEncode(std::string_view text);

struct Target {
  std::string path;
  std::vector<std::pair<std::string, std::string>> query;
};
// Reads an origin-form request target (RFC 9112 §3.2.1). kMalformed: another form, control characters, bad escapes.
Result<Target> ParseTarget(std::string_view target);
// The request target of `request`.
std::string FormatTarget(const Request& request);

}  // namespace cloister::net

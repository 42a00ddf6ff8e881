// How fetchers speak to vendors' services. Who connects, and whom it trusts, is decided outside this module.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "base/bytes.h"

namespace cloister::collateral {

struct HttpRequest {
  std::string url;  // https://HOST[:PORT]/PATH[?QUERY], encoded
  std::string content_type = {};  // with a body, which makes it a POST
  Bytes body = {};
  std::size_t max_bytes = 0;  // that the answer's body may have
};

struct HttpAnswer {
  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers = {};
  Bytes body = {};
  // The only header of that name, whatever its case; none where there is none, or several.
  std::optional<std::string> Find(std::string_view name) const;
};

// "https://host:port" of a URL, which names the service; kMalformed.
Result<std::string> OriginOf(std::string_view url);
// %XX, as Intel's services encode chains in headers; "+" stays. kMalformed.
Result<std::string> PercentDecode(std::string_view text);

class Http {
 public:
  virtual ~Http() = default;
  // The answer, whatever its status. kUnavailable: none came, trying again may help; kLimit: over `max_bytes`; kUntrusted: the
  // server is somebody else.
  virtual Result<HttpAnswer> Send(const HttpRequest& request) = 0;
};

}  // namespace cloister::collateral

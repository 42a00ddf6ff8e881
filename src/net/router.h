// Finds the handler for a request by method and path.
#pragma once

#include <functional>
#include <memory>

#include "net/http.h"
#include "telemetry/metrics.h"

namespace cloister::net {

// Answers one request. Runs on a pool thread, several at once. A failure becomes a problem body (see Problem).
using Handler = std::function<Result<Response>(const Request&)>;

// Filled before the server starts, then only read. A pattern is a path whose segments are text or a {name}, such as
// "/kbs/v0/resource/{repository}/{type}/{tag}"; the last may be {name...}, which takes the rest, with its slashes.
// Text wins over {name}, {name} over {name...}.
class Router {
 public:
  Router() = default;
  // Counts requests in `metrics` (http_requests_total, http_request_seconds) by pattern, method and status.
  explicit Router(telemetry::Registry& metrics) : metrics_(&metrics) {}

  // Adding the same method and pattern twice, or a pattern that does not begin with "/", is a bug.
  void Add(std::string_view method, std::string_view pattern, Handler handler);

  // Never fails: 404 without a pattern, 405 with Allow where another method has one, 400 where a captured segment is
  // empty,
  // "." or "..", or holds an escaped slash or zero byte. HEAD goes to GET, without its body.
  Response Handle(Request request) const;

 private:
  struct Route {
    std::string method;
    std::string pattern;
    std::vector<std::string> segments;
    Handler handler;
  };
  struct Match;
  Response Dispatch(Request& request) const;

  telemetry::Registry* metrics_ = nullptr;
  std::vector<Route> routes_;
};

}  // namespace cloister::net

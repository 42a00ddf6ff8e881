#include "net/router.h"

#include <algorithm>
#include <chrono>

namespace cloister::net {
namespace {

std::vector<std::string> Split(std::string_view path) {
  std::vector<std::string> segments;
  path.remove_prefix(1);
  while (true) {
    const std::size_t slash = path.find('/');
    segments.emplace_back(path.substr(0, slash));
    if (slash == std::string_view::npos) return segments;
    path.remove_prefix(slash + 1);
  }
}

bool IsCapture(std::string_view segment) {
  return segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
}
bool IsRest(std::string_view segment) { return IsCapture(segment) && segment.ends_with("...}"); }

std::string CaptureName(std::string_view segment) {
  return std::string(segment.substr(1, segment.size() - (IsRest(segment) ? 5 : 2)));
}

// Segments decoded. What could lead a handler that builds a path from them out of its folder is refused.
Result<std::vector<std::string>> DecodeSegments(std::string_view path) {
  std::vector<std::string> segments = Split(path);
  for (std::string& segment : segments) {
    segment = TRY(PercentDecode(segment));
    if (segment == "." || segment == ".." || segment.find('/') != std::string::npos) {
      return Error(ErrorCode::kMalformed, "path: a segment is a dot segment or holds an escaped slash");
    }
  }
  return segments;
}

std::string MethodLabel(const std::string& method) {
  for (const std::string_view known : {"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"}) {
    if (method == known) return method;
  }
  return "other";
}

// How well `segments` fit `pattern`: a letter per segment, later letters for better; none where they do not fit.
std::optional<std::string> Fit(const std::vector<std::string>& pattern, const std::vector<std::string>& segments) {
  std::string fit;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (i >= segments.size()) return std::nullopt;
    if (IsRest(pattern[i])) {
      const bool empty = std::any_of(segments.begin() + static_cast<std::ptrdiff_t>(i), segments.end(),
                                     [](const std::string& segment) { return segment.empty(); });
      return empty ? std::nullopt : std::optional(fit + 'a');
    }
    if (IsCapture(pattern[i]) ? segments[i].empty() : pattern[i] != segments[i]) return std::nullopt;
    fit += IsCapture(pattern[i]) ? 'b' : 'c';
  }
  return pattern.size() == segments.size() ? std::optional(fit) : std::nullopt;
}

std::vector<std::pair<std::string, std::string>> CapturesOf(const std::vector<std::string>& pattern,
                                                            const std::vector<std::string>& segments) {
  std::vector<std::pair<std::string, std::string>> captures;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (!IsCapture(pattern[i])) continue;
    std::string value = segments[i];
    for (std::size_t j = i + 1; IsRest(pattern[i]) && j < segments.size(); ++j) value += '/' + segments[j];
    captures.emplace_back(CaptureName(pattern[i]), std::move(value));
  }
  return captures;
}

}  // namespace

void Router::Add(std::string_view method, std::string_view pattern, Handler handler) {
  CHECK(pattern.starts_with('/'));
  for (const Route& route : routes_) CHECK(route.method != method || route.pattern != pattern);
  Route route{std::string(method), std::string(pattern), Split(pattern), std::move(handler)};
  for (std::size_t i = 0; i + 1 < route.segments.size(); ++i) CHECK(!IsRest(route.segments[i]));
  routes_.push_back(std::move(route));
}

Response Router::Dispatch(Request& request) const {
  auto decoded = DecodeSegments(request.path);
  if (!decoded) return Problem(decoded.error());
  const std::vector<std::string>& segments = *decoded;
  const Route* best = nullptr;
  std::string best_fit;
  std::string allowed;
  for (const Route& route : routes_) {
    const auto fit = Fit(route.segments, segments);
    if (!fit) continue;
    const bool method_fits = route.method == request.method || (route.method == "GET" && request.method == "HEAD");
    if (!method_fits) {
      allowed += (allowed.empty() ? "" : ", ") + route.method;
    } else if (best == nullptr || *fit > best_fit || (*fit == best_fit && route.method == request.method)) {
      best = &route;
      best_fit = *fit;
    }
  }
  if (best == nullptr && allowed.empty()) return Problem(404, ErrorCodeName(ErrorCode::kNotFound), "no such path");
  if (best == nullptr) {
    Response response = Problem(405, ErrorCodeName(ErrorCode::kUsage), "the path takes other methods");
    response.headers.Add("Allow", allowed);
    return response;
  }
  request.route = best->pattern;
  request.captures = CapturesOf(best->segments, segments);
  auto answer = best->handler(request);
  return answer ? *std::move(answer) : Problem(answer.error());
}

Response Router::Handle(Request request) const {
  const auto begin = std::chrono::steady_clock::now();
  Response response = Dispatch(request);
  if (metrics_ != nullptr) {
    const std::string route = request.route.empty() ? "none" : request.route;
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
    metrics_
        ->HistogramFor("http_request_seconds", "Time in the handler.", telemetry::SecondsBounds(), {{"route", route}})
        .Observe(seconds.count());
    metrics_
        ->CounterFor(
            "http_requests_total", "Requests answered.",
            {{"route", route}, {"method", MethodLabel(request.method)}, {"status", std::to_string(response.status)}})
        .Add();
  }
  return response;
}

}  // namespace cloister::net

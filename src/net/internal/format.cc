#include <algorithm>

#include "net/internal/parser.h"

namespace cloister::net::internal {
namespace {

// RFC 9110 §5.6.2.
bool IsToken(std::string_view text) {
  constexpr std::string_view kOthers = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           kOthers.find(c) != kOthers.npos;
  });
}

// No control characters, so that no value can end its line.
bool IsFieldValue(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    const auto code = static_cast<std::uint8_t>(c);
    return (code >= 0x20 && code != 0x7F) || c == '\t';
  });
}

bool IsOurs(std::string_view name) {
  std::string lower(name);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
  return lower == "content-length" || lower == "transfer-encoding" || lower == "connection" || lower == "host";
}

Result<void> AppendFields(std::string& out, const Headers& headers) {
  for (const auto& [name, value] : headers.fields()) {
    if (!IsToken(name) || !IsFieldValue(value)) return Error(ErrorCode::kUsage, "header field: forbidden characters");
    if (IsOurs(name)) return Error(ErrorCode::kUsage, "header field " + name + " is set by the connection");
    out += name;
    out += ": ";
    out += value;
    out += "\r\n";
  }
  return {};
}

}  // namespace

Result<std::string> FormatRequestHead(const Request& request, std::string_view host) {
  if (!IsToken(request.method)) return Error(ErrorCode::kUsage, "method: forbidden characters");
  const std::string target = FormatTarget(request);
  TRY(ParseTarget(target));
  if (request.path.find('?') != std::string::npos) return Error(ErrorCode::kUsage, "path: expected no query");
  std::string out = request.method + ' ' + target + " HTTP/1.1\r\nHost: " + std::string(host) + "\r\n";
  TRY(AppendFields(out, request.headers));
  const bool bodiless = request.body.empty() && (request.method == "GET" || request.method == "HEAD");
  if (!bodiless) out += "Content-Length: " + std::to_string(request.body.size()) + "\r\n";
  return out + "\r\n";
}

Result<std::string> FormatResponseHead(const Response& response, Persistence persistence) {
  if (response.status < 200 || response.status > 599) return Error(ErrorCode::kUsage, "status: expected 200 to 599");
  // The reason phrase may be empty, and nobody reads it (RFC 9112 §4).
  std::string out = "HTTP/1.1 " + std::to_string(response.status) + " \r\n";
  TRY(AppendFields(out, response.headers));
  if (persistence == Persistence::kClose) out += "Connection: close\r\n";
  if (response.status != 204 && response.status != 304) {
    out += "Content-Length: " + std::to_string(response.body.size()) + "\r\n";
  }
  return out + "\r\n";
}

}  // namespace cloister::net::internal

#include "net/http.h"

#include <algorithm>

#include "telemetry/json_text.h"

namespace cloister::net {
namespace {

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool SameName(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return Lower(x) == Lower(y); });
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (Lower(c) >= 'a' && Lower(c) <= 'f') return Lower(c) - 'a' + 10;
  return -1;
}

std::string_view TitleOf(int status) {
  switch (status) {
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 413:
      return "Content Too Large";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    default:
      return status < 500 ? "Request Failed" : "Internal Server Error";
  }
}

}  // namespace

void Headers::Set(std::string_view name, std::string_view value) {
  std::erase_if(fields_, [&](const auto& field) { return SameName(field.first, name); });
  Add(name, value);
}

std::optional<std::string> Headers::Find(std::string_view name) const {
  for (const auto& [field, value] : fields_) {
    if (SameName(field, name)) return value;
  }
  return std::nullopt;
}

std::size_t Headers::Count(std::string_view name) const {
  return static_cast<std::size_t>(
      std::count_if(fields_.begin(), fields_.end(), [&](const auto& field) { return SameName(field.first, name); }));
}

std::optional<std::string> Request::Query(std::string_view name) const {
  for (const auto& [key, value] : query) {
    if (key == name) return value;
  }
  return std::nullopt;
}

const std::string& Request::Capture(std::string_view name) const {
  const auto found = std::find_if(captures.begin(), captures.end(), [&](const auto& one) { return one.first == name; });
  CHECK(found != captures.end());
  return found->second;
}

Response Response::Text(int status, std::string_view content_type, std::string_view body) {
  Response response;
  response.status = status;
  response.headers.Add("Content-Type", content_type);
  response.body = ToBytes(body);
  return response;
}

Response Response::Json(int status, std::string_view json) { return Text(status, "application/json", json); }

int StatusOf(ErrorCode code) {
  switch (code) {
    case ErrorCode::kMalformed:
    case ErrorCode::kUnsupported:
    case ErrorCode::kUsage:
      return 400;
    case ErrorCode::kUntrusted:
    case ErrorCode::kExpired:
    case ErrorCode::kRevoked:
      return 401;
    case ErrorCode::kMismatch:
    case ErrorCode::kReplayed:
    case ErrorCode::kRefused:
      return 403;
    case ErrorCode::kNotFound:
      return 404;
    case ErrorCode::kStale:
    case ErrorCode::kConflict:
      return 409;
    case ErrorCode::kLimit:
      return 413;
    case ErrorCode::kExhausted:
      return 429;
    case ErrorCode::kUnavailable:
      return 503;
    case ErrorCode::kIo:
    case ErrorCode::kInternal:
    case ErrorCode::kPrivate:
      return 500;
  }
  return 500;
}

Response Problem(const Error& error) {
  const int status = StatusOf(error.code());
  return Problem(status, ErrorCodeName(error.code()), status == 500 ? "" : error.message());
}

Response Problem(int status, std::string_view code, std::string_view detail) {
  std::string json = R"({"type":"about:blank","title":)";
  telemetry::AppendJsonString(json, TitleOf(status));
  json += ",\"status\":" + std::to_string(status) + ",\"code\":";
  telemetry::AppendJsonString(json, code);
  if (!detail.empty()) {
    json += ",\"detail\":";
    telemetry::AppendJsonString(json, detail);
  }
  return Response::Text(status, "application/problem+json", json + "}");
}

Result<std::string> PercentDecode(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    const int high = i + 1 < text.size() ? HexDigit(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? HexDigit(text[i + 2]) : -1;
    if (high < 0 || low < 0 || high + low == 0) return Error(ErrorCode::kMalformed, "bad percent escape");
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

std::string PercentEncode(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const bool plain =
        (Lower(c) >= 'a' && Lower(c) <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
    if (plain) {
      out += c;
    } else {
      const auto code = static_cast<std::uint8_t>(c);
      out += {'%', kHex[code >> 4], kHex[code & 15]};
    }
  }
  return out;
}

Result<Target> ParseTarget(std::string_view target) {
  const auto printable = [](char c) { return c > ' ' && c < 0x7F && c != '#'; };
  if (target.empty() || target[0] != '/' || !std::all_of(target.begin(), target.end(), printable)) {
    return Error(ErrorCode::kMalformed, "request target: expected a path");
  }
  Target out;
  const std::size_t mark = target.find('?');
  out.path = target.substr(0, mark);
  std::string_view rest = mark == std::string_view::npos ? "" : target.substr(mark + 1);
  while (!rest.empty()) {
    const std::size_t end = rest.find('&');
    const std::string_view one = rest.substr(0, end);
    rest = end == std::string_view::npos ? "" : rest.substr(end + 1);
    if (one.empty()) continue;
    const std::size_t equals = one.find('=');
    std::string name = TRY_WITH("query", PercentDecode(one.substr(0, equals)));
    std::string value;
    if (equals != std::string_view::npos) value = TRY_WITH("query", PercentDecode(one.substr(equals + 1)));
    out.query.emplace_back(std::move(name), std::move(value));
  }
  TRY_WITH("path", PercentDecode(out.path));
  return out;
}

std::string FormatTarget(const Request& request) {
  std::string target = request.path;
  char separator = '?';
  for (const auto& [name, value] : request.query) {
    target += separator + PercentEncode(name) + '=' + PercentEncode(value);
    separator = '&';
  }
  return target;
}

}  // namespace cloister::net

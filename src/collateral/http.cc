#include "collateral/http.h"

#include <algorithm>

namespace cloister::collateral {
namespace {

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool SameName(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return Lower(x) == Lower(y); });
}

}  // namespace

std::optional<std::string> HttpAnswer::Find(std::string_view name) const {
  std::optional<std::string> found;
  for (const auto& [key, value] : headers) {
    if (!SameName(key, name)) continue;
    if (found) return std::nullopt;
    found = value;
  }
  return found;
}

Result<std::string> OriginOf(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) return Error(ErrorCode::kMalformed, "expected a URL with https://");
  return std::string(url.substr(0, std::min(url.find('/', scheme + 3), url.size())));
}

Result<std::string> PercentDecode(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    const auto byte = FromHex(text.substr(i + 1, 2));
    if (!byte || byte->size() != 1 || (*byte)[0] == 0) return Error(ErrorCode::kMalformed, "expected %XX, got another escape");
    out += static_cast<char>((*byte)[0]);
    i += 2;
  }
  return out;
}

}  // namespace cloister::collateral

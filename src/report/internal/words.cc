#include "report/internal/words.h"

#include <cstdio>

namespace cloister::report::internal {

namespace {

std::string Digits(double value, int most) {
  char text[40];
  std::snprintf(text, sizeof text, "%.*g", most, value);
  std::string out = text;
  // 1e-05 as people write it.
  if (const std::size_t e = out.find('e'); e != std::string::npos) {
    std::size_t digit = e + 2;
    while (digit + 1 < out.size() && out[digit] == '0') out.erase(digit, 1);
    if (out[e + 1] == '+') out.erase(e + 1, 1);
  }
  return out;
}

}  // namespace

std::string Number(double value) { return Digits(value, 6); }
std::string Brief(double value) { return Digits(value, 4); }

std::string Count(std::uint64_t value) {
  std::string out = std::to_string(value);
  for (std::size_t at = out.size(); at > 3; at -= 3) out.insert(at - 3, ",");
  return out;
}

std::string Moment(Time time) {
  std::string text = ToRfc3339(time);  // 2026-11-20T16:35:29Z
  text[10] = ' ';
  return text.substr(0, 16) + " UTC";
}

std::string Name(std::string_view did) {
  constexpr std::string_view kWeb = "did:web:";
  return std::string(did.starts_with(kWeb) ? did.substr(kWeb.size()) : did);
}

std::string Plural(std::uint64_t count, std::string_view one, std::string_view many) {
  return Count(count) + " " + std::string(count == 1 ? one : many);
}

std::string Amount(double epsilon, double delta) { return "ε " + Number(epsilon) + ", δ " + Number(delta); }

std::string Joined(const std::vector<std::string>& words) {
  std::string out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) out += i + 1 == words.size() ? " and " : ", ";
    out += words[i];
  }
  return out;
}

std::string JoinedFirst(std::vector<std::string> words, std::size_t most) {
  if (words.size() <= most + 1) return Joined(words);
  const std::size_t more = words.size() - most;
  words.resize(most);
  words.push_back(Count(more) + " more");
  return Joined(words);
}

std::string Front(ByteSpan digest) { return ToHex(digest.first(8)) + "…"; }

Html Digest(ByteSpan digest) { return Element("code", Text(ToHex(digest))); }

std::string_view RoleInWords(contract::Role role) {
  switch (role) {
    case contract::Role::kTdp: return "provides data";
    case contract::Role::kTdc: return "gets the outputs";
    case contract::Role::kCcrp: return "runs the machine";
    case contract::Role::kSro: return "certifies the room";
    case contract::Role::kAuditor: return "audits";
  }
  CHECK(false);
}

}  // namespace cloister::report::internal

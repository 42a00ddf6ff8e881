#include <cmath>

#include "contract/internal/fields.h"

namespace cloister::contract::internal {

Error Malformed(std::string_view where, std::string_view expected, std::string_view got) {
  return Error(ErrorCode::kMalformed, "member \"" + std::string(where) + "\": expected " + std::string(expected) +
                                          ", got " + std::string(got));
}

Result<void> CheckType(const Json& json, std::string_view expected, std::initializer_list<std::string_view> members) {
  TRY(json.RefuseUnknownMembers(members));
  const std::string type = TRY(json.GetString("type"));
  if (type != expected) return Malformed("type", expected, type.size() > 64 ? "another text" : type);
  return {};
}

Result<std::string> GetText(const Json& json, std::string_view key, std::size_t maximum) {
  std::string text = TRY(json.GetString(key));
  if (text.empty()) return Malformed(key, "a text", "an empty one");
  if (text.size() > maximum) {
    return Malformed(key, "at most " + std::to_string(maximum) + " bytes", std::to_string(text.size()));
  }
  return text;
}

Result<std::vector<std::string>> GetTexts(const Json& json, std::string_view key) {
  std::vector<std::string> texts = TRY(json.GetStrings(key));
  if (texts.size() > kMaxItems) return Malformed(key, "at most 256 texts", std::to_string(texts.size()));
  for (const std::string& text : texts) {
    if (text.empty() || text.size() > kMaxText)
      return Malformed(key, "texts of 1 to 16384 bytes", std::to_string(text.size()));
  }
  return texts;
}

Result<std::string> GetDid(const Json& json, std::string_view key) {
  std::string text = TRY(GetText(json, key));
  TRY_WITH(key, CheckDid(text));
  return text;
}

Result<std::string> GetUuid(const Json& json, std::string_view key) {
  std::string text = TRY(GetText(json, key));
  TRY_WITH(key, CheckUuid(text));
  return text;
}

Result<std::string> GetUrnUuid(const Json& json, std::string_view key) {
  std::string text = TRY(GetText(json, key));
  TRY_WITH(key, CheckUrnUuid(text));
  return text;
}

Result<Digest> GetDigest(const Json& json, std::string_view key) {
  const std::string hex = TRY(json.GetString(key));
  return TRY_WITH(key, DigestFromHex(hex));
}

Result<std::vector<Digest>> GetDigests(const Json& json, std::string_view key) {
  return GetList(json, key, [](const Json& item) -> Result<Digest> { return DigestFromHex(TRY(item.AsString())); });
}

Result<Bytes> GetBytes(const Json& json, std::string_view key, std::size_t maximum) {
  const std::string text = TRY(GetText(json, key, maximum * 4 / 3 + 4));
  return TRY_WITH(key, FromBase64Url(text));
}

Result<Time> GetTime(const Json& json, std::string_view key) {
  const std::string text = TRY(GetText(json, key, 32));
  const Time time = TRY_WITH(key, FromRfc3339(text));
  if (ToRfc3339(time) != text) return Malformed(key, "a time such as 2026-11-20T13:00:00Z", text);
  return time;
}

Result<std::uint64_t> GetCount(const Json& json, std::string_view key, std::uint64_t least) {
  constexpr std::int64_t kMost = (std::int64_t{1} << 53) - 1;
  return static_cast<std::uint64_t>(TRY(json.GetIntIn(key, static_cast<std::int64_t>(least), kMost)));
}

Result<double> GetFinite(const Json& json, std::string_view key, double least, double most) {
  const double value = TRY(json.GetNumber(key));
  if (!(value >= least && value <= most) || std::signbit(value) != (value < 0)) {
    return Malformed(key, "a number from " + Json(least).Dump() + " to " + Json(most).Dump(), Json(value).Dump());
  }
  return value;
}

Result<const Json::Array*> GetItems(const Json& json, std::string_view key, std::size_t most) {
  const Json::Array* items = TRY(json.GetArray(key));
  if (items->size() > most) {
    return Malformed(key, "at most " + std::to_string(most) + " items", std::to_string(items->size()));
  }
  return items;
}

Json Number(double value) {
  constexpr double kExact = 9007199254740991.0;
  if (std::trunc(value) == value && std::abs(value) <= kExact) return Json(static_cast<std::int64_t>(value));
  return Json(value);
}

}  // namespace cloister::contract::internal

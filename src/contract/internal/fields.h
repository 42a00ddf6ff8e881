// Reading and writing of the members that our documents share. All readers fail with kMalformed and name the member.
#pragma once

#include <algorithm>

#include "base/time.h"
#include "contract/parts.h"

namespace cloister::contract::internal {

using formats::Json;

inline constexpr std::size_t kMaxItems = 256;       // in any array
inline constexpr std::size_t kMaxText = 16 * 1024;  // bytes in any text, save where said otherwise

// Demands exactly the members, and that `type` is `expected`.
Result<void> CheckType(const Json& json, std::string_view expected, std::initializer_list<std::string_view> members);

Result<std::string> GetText(const Json& json, std::string_view key, std::size_t maximum = kMaxText);  // not empty
Result<std::vector<std::string>> GetTexts(const Json& json, std::string_view key);
Result<std::string> GetDid(const Json& json, std::string_view key);
Result<std::string> GetUuid(const Json& json, std::string_view key);
Result<std::string> GetUrnUuid(const Json& json, std::string_view key);
Result<Digest> GetDigest(const Json& json, std::string_view key);
Result<std::vector<Digest>> GetDigests(const Json& json, std::string_view key);
Result<Bytes> GetBytes(const Json& json, std::string_view key, std::size_t maximum);  // base64url
Result<Time> GetTime(const Json& json, std::string_view key);
Result<std::uint64_t> GetCount(const Json& json, std::string_view key, std::uint64_t least = 0);
Result<double> GetFinite(const Json& json, std::string_view key, double least, double most);
Result<const Json::Array*> GetItems(const Json& json, std::string_view key, std::size_t most = kMaxItems);

template <std::size_t N>
Result<std::array<std::uint8_t, N>> GetHexOf(const Json& json, std::string_view key) {
  const std::string text = TRY(GetText(json, key, 4096));
  const Bytes bytes = TRY_WITH(key, FromHex(text));
  return TRY_WITH(key, ToArray<N>(bytes));
}

// Object member `key`, read by `read(const Json&)`; the message says which.
template <class F>
auto GetPart(const Json& json, std::string_view key, F read) -> std::invoke_result_t<F, const Json&> {
  const Json& member = *TRY(json.GetObject(key));
  return TRY_WITH(key, read(member));
}

// Array member `key` of things read by `read(const Json&)`; the message says which.
template <class F>
auto GetList(const Json& json, std::string_view key, F read, std::size_t most = kMaxItems)
    -> Result<std::vector<typename std::invoke_result_t<F, const Json&>::Value>> {
  const Json::Array& items = *TRY(GetItems(json, key, most));
  std::vector<typename std::invoke_result_t<F, const Json&>::Value> out;
  out.reserve(items.size());
  for (std::size_t i = 0; i < items.size(); ++i) {
    out.push_back(TRY_WITH(std::string(key) + "[" + std::to_string(i) + "]", read(items[i])));
  }
  return out;
}

template <class Range, class F>
Json::Array ToList(const Range& range, F write) {
  Json::Array out;
  for (const auto& item : range) out.push_back(write(item));
  return out;
}
inline Json Hex(ByteSpan bytes) { return ToHex(bytes); }
template <class Range>
Json::Array HexList(const Range& range) {
  return ToList(range, [](const auto& item) { return Hex(item); });
}
template <class Range>
Json::Array TextList(const Range& range) {
  return ToList(range, [](const std::string& item) { return Json(item); });
}
// A number as canonical JSON writes it: an integer where it is one, so that FromJson(ToJson(x)) is x.
Json Number(double value);
inline Json Count(std::uint64_t value) { return Json(value); }

Error Malformed(std::string_view where, std::string_view expected, std::string_view got);

template <class T, class Project>
bool AllUnique(const std::vector<T>& items, Project project) {
  std::vector<std::string_view> keys;
  for (const T& item : items) keys.push_back(project(item));
  std::sort(keys.begin(), keys.end());
  return std::adjacent_find(keys.begin(), keys.end()) == keys.end();
}

// The value of an enum by its name in JSON. `name_of` names each of `values`.
template <class E, class F>
Result<E> GetEnum(const Json& json, std::string_view key, std::initializer_list<E> values, F name_of) {
  const std::string text = TRY(GetText(json, key));
  std::string expected;
  for (const E value : values) {
    if (text == name_of(value)) return value;
    expected += (expected.empty() ? "" : ", ") + std::string(name_of(value));
  }
  return Malformed(key, expected, text.size() > 64 ? "another text" : text);
}

}  // namespace cloister::contract::internal

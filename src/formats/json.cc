#include "formats/json.h"

#include <algorithm>
#include <charconv>

#include "formats/internal/json_text.h"

namespace cloister::formats {
namespace {

Error WrongType(std::string_view expected, const Json& came) {
  return Error(ErrorCode::kMalformed,
               "expected " + std::string(expected) + ", got " + std::string(JsonTypeName(came.type())));
}

std::string MemberContext(std::string_view key) { return "member " + QuotedName(key); }

// The member under `key` read by `as`; the failure names the member.
template <class T>
Result<T> Member(const Json& object, std::string_view key, Result<T> (Json::*as)() const) {
  const Json* member = TRY(object.Get(key));
  return TRY_WITH(MemberContext(key), (member->*as)());
}

template <class T>
Result<std::optional<T>> OptionalMember(const Json& object, std::string_view key, Result<T> (Json::*as)() const) {
  TRY(object.AsObject());
  if (object.Find(key) == nullptr) return std::optional<T>();
  return std::optional<T>(TRY(Member(object, key, as)));
}

// RFC 6901 §3: "~1" is '/', "~0" is '~', any other '~' is an error.
Result<std::string> UnescapeToken(std::string_view token) {
  std::string out;
  for (std::size_t i = 0; i < token.size(); ++i) {
    if (token[i] != '~') {
      out.push_back(token[i]);
      continue;
    }
    ++i;
    if (i == token.size() || (token[i] != '0' && token[i] != '1')) {
      return Error(ErrorCode::kMalformed, "JSON pointer: expected \"~0\" or \"~1\" after '~'");
    }
    out.push_back(token[i] == '0' ? '~' : '/');
  }
  return out;
}

// RFC 6901 §4: digits without a leading zero. None: no such element.
const Json* Element(const Json::Array& array, std::string_view token) {
  std::size_t index = 0;
  const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), index);
  const bool leading_zero = token.size() > 1 && token[0] == '0';
  if (error != std::errc() || end != token.data() + token.size() || leading_zero) return nullptr;
  return index < array.size() ? &array[index] : nullptr;
}

}  // namespace

std::string_view JsonTypeName(JsonType type) {
  switch (type) {
    case JsonType::kNull:
      return "null";
    case JsonType::kBool:
      return "a boolean";
    case JsonType::kInt:
      return "an integer";
    case JsonType::kDouble:
      return "a number with a fraction or exponent";
    case JsonType::kString:
      return "a string";
    case JsonType::kArray:
      return "an array";
    case JsonType::kObject:
      return "an object";
  }
  return "nothing";
}

Result<bool> Json::AsBool() const {
  if (const bool* value = std::get_if<bool>(&value_)) return *value;
  return WrongType("a boolean", *this);
}

Result<std::int64_t> Json::AsInt() const {
  if (const auto* value = std::get_if<std::int64_t>(&value_)) return *value;
  return WrongType("an integer", *this);
}

Result<double> Json::AsNumber() const {
  if (const auto* value = std::get_if<double>(&value_)) return *value;
  if (const auto* value = std::get_if<std::int64_t>(&value_)) return static_cast<double>(*value);
  return WrongType("a number", *this);
}

Result<std::string> Json::AsString() const {
  if (const auto* value = std::get_if<std::string>(&value_)) return *value;
  return WrongType("a string", *this);
}

Result<const Json::Array*> Json::AsArray() const {
  if (const auto* value = std::get_if<Array>(&value_)) return value;
  return WrongType("an array", *this);
}

Result<const Json::Object*> Json::AsObject() const {
  if (const auto* value = std::get_if<Object>(&value_)) return value;
  return WrongType("an object", *this);
}

const Json* Json::Find(std::string_view key) const {
  const auto* object = std::get_if<Object>(&value_);
  if (object == nullptr) return nullptr;
  const auto found = object->find(key);
  return found == object->end() ? nullptr : &found->second;
}

Result<const Json*> Json::Get(std::string_view key) const {
  TRY(AsObject());
  const Json* member = Find(key);
  if (member == nullptr) return Error(ErrorCode::kMalformed, "expected " + MemberContext(key) + ", got none");
  return member;
}

Result<bool> Json::GetBool(std::string_view key) const { return Member(*this, key, &Json::AsBool); }
Result<std::int64_t> Json::GetInt(std::string_view key) const { return Member(*this, key, &Json::AsInt); }
Result<double> Json::GetNumber(std::string_view key) const { return Member(*this, key, &Json::AsNumber); }
Result<std::string> Json::GetString(std::string_view key) const { return Member(*this, key, &Json::AsString); }
Result<const Json::Array*> Json::GetArray(std::string_view key) const { return Member(*this, key, &Json::AsArray); }

Result<std::int64_t> Json::GetIntIn(std::string_view key, std::int64_t least, std::int64_t most) const {
  const std::int64_t value = TRY(GetInt(key));
  if (value >= least && value <= most) return value;
  return Error(ErrorCode::kMalformed, MemberContext(key) + ": expected " + std::to_string(least) + " to " +
                                          std::to_string(most) + ", got " + std::to_string(value));
}

Result<std::vector<std::string>> Json::GetStrings(std::string_view key) const {
  std::vector<std::string> out;
  for (const Json& element : *TRY(GetArray(key))) out.push_back(TRY_WITH(MemberContext(key), element.AsString()));
  return out;
}

Result<const Json*> Json::GetObject(std::string_view key) const {
  TRY(Member(*this, key, &Json::AsObject));
  return Find(key);
}

Result<std::optional<bool>> Json::FindBool(std::string_view key) const {
  return OptionalMember(*this, key, &Json::AsBool);
}
Result<std::optional<std::int64_t>> Json::FindInt(std::string_view key) const {
  return OptionalMember(*this, key, &Json::AsInt);
}
Result<std::optional<double>> Json::FindNumber(std::string_view key) const {
  return OptionalMember(*this, key, &Json::AsNumber);
}
Result<std::optional<std::string>> Json::FindString(std::string_view key) const {
  return OptionalMember(*this, key, &Json::AsString);
}

Result<const Json*> Json::At(std::string_view pointer) const {
  const Json* at = this;
  while (!pointer.empty()) {
    if (pointer[0] != '/') return Error(ErrorCode::kMalformed, "JSON pointer: expected '/' or the end");
    pointer.remove_prefix(1);
    const std::size_t size = std::min(pointer.find('/'), pointer.size());
    const std::string token = TRY(UnescapeToken(pointer.substr(0, size)));
    const auto* array = std::get_if<Array>(&at->value_);
    at = array != nullptr ? Element(*array, token) : at->Find(token);
    if (at == nullptr) return Error(ErrorCode::kNotFound, "JSON pointer: nothing is at " + QuotedName(token));
    pointer.remove_prefix(size);
  }
  return at;
}

Result<void> Json::RefuseUnknownMembers(std::initializer_list<std::string_view> known) const {
  for (const auto& [name, value] : *TRY(AsObject())) {
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      return Error(ErrorCode::kMalformed, "unknown " + MemberContext(name));
    }
  }
  return {};
}

Json& Json::Set(std::string_view key, Json value) {
  if (is_null()) value_ = Object();
  auto* object = std::get_if<Object>(&value_);
  CHECK(object != nullptr);
  return object->insert_or_assign(std::string(key), std::move(value)).first->second;
}

Json& Json::Push(Json value) {
  if (is_null()) value_ = Array();
  auto* array = std::get_if<Array>(&value_);
  CHECK(array != nullptr);
  return array->emplace_back(std::move(value));
}

void Json::Remove(std::string_view key) {
  auto* object = std::get_if<Object>(&value_);
  if (object == nullptr) return;
  if (const auto found = object->find(key); found != object->end()) object->erase(found);
}

}  // namespace cloister::formats

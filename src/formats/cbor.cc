#include "formats/cbor.h"

#include <algorithm>

#include "formats/internal/cbor_names.h"
#include "formats/internal/json_text.h"

namespace cloister::formats {
namespace {

Error WrongType(std::string_view expected, const Cbor& came) {
  return Error(ErrorCode::kMalformed,
               "expected " + std::string(expected) + ", got " + std::string(internal::CborTypeName(came.type())));
}

template <class T>
Result<T> Entry(const Cbor& map, const Cbor& key, Result<T> (Cbor::*as)() const) {
  const Cbor* value = TRY(map.Get(key));
  return TRY_WITH(internal::CborKeyName(key), (value->*as)());
}

}  // namespace

namespace internal {

std::string_view CborTypeName(CborType type) {
  switch (type) {
    case CborType::kUnsigned:
      return "an unsigned integer";
    case CborType::kNegative:
      return "a negative integer";
    case CborType::kBytes:
      return "a byte string";
    case CborType::kText:
      return "a text string";
    case CborType::kArray:
      return "an array";
    case CborType::kMap:
      return "a map";
    case CborType::kTag:
      return "a tag";
    case CborType::kBool:
      return "a boolean";
    case CborType::kNull:
      return "null";
    case CborType::kUndefined:
      return "undefined";
    case CborType::kFloat:
      return "a float";
    case CborType::kSimple:
      return "a simple value";
  }
  return "nothing";
}

std::string CborKeyName(const Cbor& key) {
  if (const auto number = key.AsInt()) return "key " + std::to_string(*number);
  if (const auto text = key.AsText()) return "key " + QuotedName(*text);
  return "key that is " + std::string(CborTypeName(key.type()));
}

}  // namespace internal

Cbor Cbor::Tagged(std::uint64_t number, Cbor content) {
  Cbor out;
  Tag tag{number, {}};
  tag.content.push_back(std::move(content));
  out.value_ = std::move(tag);
  return out;
}

Cbor Cbor::MinusOneMinus(std::uint64_t n) {
  Cbor out;
  out.value_ = Negative{n};
  return out;
}

Cbor Cbor::Undefined() {
  Cbor out;
  out.value_ = UndefinedValue{};
  return out;
}

CborType Cbor::type() const {
  constexpr CborType kTypes[] = {CborType::kNull, CborType::kUnsigned, CborType::kNegative, CborType::kBytes,
                                 CborType::kText, CborType::kArray,    CborType::kMap,      CborType::kTag,
                                 CborType::kBool, CborType::kFloat,    CborType::kSimple,   CborType::kUndefined};
  return kTypes[value_.index()];
}

Result<std::uint64_t> Cbor::AsUint() const {
  if (const auto* value = std::get_if<std::uint64_t>(&value_)) return *value;
  return WrongType("an unsigned integer", *this);
}

Result<std::int64_t> Cbor::AsInt() const {
  const auto* positive = std::get_if<std::uint64_t>(&value_);
  const auto* negative = std::get_if<Negative>(&value_);
  if (positive == nullptr && negative == nullptr) return WrongType("an integer", *this);
  const std::uint64_t magnitude = positive != nullptr ? *positive : negative->n;
  if (!std::in_range<std::int64_t>(magnitude)) {
    return Error(ErrorCode::kMalformed, "expected an integer within 64 signed bits, got a larger one");
  }
  const auto value = static_cast<std::int64_t>(magnitude);
  return positive != nullptr ? value : -1 - value;
}

Result<bool> Cbor::AsBool() const {
  if (const auto* value = std::get_if<bool>(&value_)) return *value;
  return WrongType("a boolean", *this);
}

Result<double> Cbor::AsFloat() const {
  if (const auto* value = std::get_if<double>(&value_)) return *value;
  return WrongType("a float", *this);
}

Result<ByteSpan> Cbor::AsBytes() const {
  if (const auto* value = std::get_if<Bytes>(&value_)) return ByteSpan(*value);
  return WrongType("a byte string", *this);
}

Result<std::string_view> Cbor::AsText() const {
  if (const auto* value = std::get_if<std::string>(&value_)) return std::string_view(*value);
  return WrongType("a text string", *this);
}

Result<const Cbor::Array*> Cbor::AsArray() const {
  if (const auto* value = std::get_if<Array>(&value_)) return value;
  return WrongType("an array", *this);
}

Result<const Cbor::Array*> Cbor::AsArrayOf(std::size_t count) const {
  const Array* array = TRY(AsArray());
  if (array->size() == count) return array;
  return Error(ErrorCode::kMalformed,
               "expected an array of " + std::to_string(count) + " elements, got " + std::to_string(array->size()));
}

Result<const Cbor::Map*> Cbor::AsMap() const {
  if (const auto* value = std::get_if<Map>(&value_)) return value;
  return WrongType("a map", *this);
}

Result<const Cbor*> Cbor::AsTagged(std::uint64_t number) const {
  const auto* tag = std::get_if<Tag>(&value_);
  if (tag == nullptr) return WrongType("tag " + std::to_string(number), *this);
  if (tag->number == number) return &tag->content.front();
  return Error(ErrorCode::kMalformed,
               "expected tag " + std::to_string(number) + ", got tag " + std::to_string(tag->number));
}

std::optional<std::uint64_t> Cbor::tag() const {
  const auto* tag = std::get_if<Tag>(&value_);
  return tag == nullptr ? std::nullopt : std::optional(tag->number);
}

bool operator==(const Cbor& a, const Cbor& b) {
  if (a.value_.index() != b.value_.index()) return false;
  // Integers and strings, which nearly all keys are, without encoding them.
  if (const auto* number = std::get_if<std::uint64_t>(&a.value_))
    return *number == *std::get_if<std::uint64_t>(&b.value_);
  if (const auto* number = std::get_if<Cbor::Negative>(&a.value_))
    return *number == *std::get_if<Cbor::Negative>(&b.value_);
  if (const auto* bytes = std::get_if<Bytes>(&a.value_)) return *bytes == *std::get_if<Bytes>(&b.value_);
  if (const auto* text = std::get_if<std::string>(&a.value_)) return *text == *std::get_if<std::string>(&b.value_);
  return a.Encode() == b.Encode();
}

const Cbor* Cbor::Find(const Cbor& key) const {
  const auto* map = std::get_if<Map>(&value_);
  if (map == nullptr) return nullptr;
  for (const auto& [name, value] : *map) {
    if (name.type() == key.type() && name == key) return &value;
  }
  return nullptr;
}

Result<const Cbor*> Cbor::Get(const Cbor& key) const {
  TRY(AsMap());
  const Cbor* value = Find(key);
  if (value == nullptr) return Error(ErrorCode::kMalformed, "expected " + internal::CborKeyName(key) + ", got none");
  return value;
}

Result<std::uint64_t> Cbor::GetUint(const Cbor& key) const { return Entry(*this, key, &Cbor::AsUint); }
Result<std::int64_t> Cbor::GetInt(const Cbor& key) const { return Entry(*this, key, &Cbor::AsInt); }
Result<bool> Cbor::GetBool(const Cbor& key) const { return Entry(*this, key, &Cbor::AsBool); }
Result<ByteSpan> Cbor::GetBytes(const Cbor& key) const { return Entry(*this, key, &Cbor::AsBytes); }
Result<std::string_view> Cbor::GetText(const Cbor& key) const { return Entry(*this, key, &Cbor::AsText); }
Result<const Cbor::Array*> Cbor::GetArray(const Cbor& key) const { return Entry(*this, key, &Cbor::AsArray); }
Result<const Cbor*> Cbor::GetMap(const Cbor& key) const {
  TRY(Entry(*this, key, &Cbor::AsMap));
  return Find(key);
}

void Cbor::Set(Cbor key, Cbor value) {
  if (is_null()) value_ = Map();
  auto* map = std::get_if<Map>(&value_);
  CHECK(map != nullptr);
  encoded_ = {};
  for (auto& [name, old] : *map) {
    if (name == key) {
      old = std::move(value);
      return;
    }
  }
  map->emplace_back(std::move(key), std::move(value));
}

Result<void> Cbor::RefuseUnknownKeys(std::initializer_list<Cbor> known) const {
  for (const auto& [key, value] : *TRY(AsMap())) {
    if (std::find(known.begin(), known.end(), key) == known.end()) {
      return Error(ErrorCode::kMalformed, "unknown " + internal::CborKeyName(key));
    }
  }
  return {};
}

}  // namespace cloister::formats

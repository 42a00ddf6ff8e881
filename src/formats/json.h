// JSON values: read strictly (RFC 8259, I-JSON of RFC 7493), looked up with telling errors, written compactly, for
// people, or in the one canonical form that we sign (RFC 8785, JCS).
#pragma once

#include <concepts>
#include <map>
#include <optional>
#include <utility>
#include <variant>

#include "base/bytes.h"

namespace cloister::formats {

struct JsonLimits {
  std::size_t max_bytes = std::size_t{1} << 20;
  std::size_t max_depth = 64;  // [] has depth 1
};

enum class JsonType { kNull, kBool, kInt, kDouble, kString, kArray, kObject };

// A JSON value. Built with braces:
//   Json record = Json::Object{{"size", 12}, {"roots", Json::Array{"a", "b"}}, {"note", nullptr}};
// Lookups of a member fail with kMalformed and a message such as `member "size": expected an integer, got a string`.
// What they return by pointer or view is borrowed from this value.
class Json {
 public:
  using Array = std::vector<Json>;
  // Ordered by the bytes of the name; Canonical() has its own order.
  using Object = std::map<std::string, Json, std::less<>>;

  Json() = default;  // null
  Json(std::nullptr_t) {}
  template <std::same_as<bool> B>
  Json(B value) : value_(value) {}
  // A value beyond int64 is a bug (CHECK).
  template <std::integral I>
    requires(!std::same_as<I, bool>)
  Json(I value) : value_(static_cast<std::int64_t>(value)) {
    CHECK(std::in_range<std::int64_t>(value));
  }
  Json(double value) : value_(value) {}
  Json(const char* text) : value_(std::string(text)) {}
  Json(std::string_view text) : value_(std::string(text)) {}
  Json(std::string text) : value_(std::move(text)) {}
  Json(Array array) : value_(std::move(array)) {}
  Json(Object object) : value_(std::move(object)) {}

  // Reads one value. A number without '.' and exponent is an int; beyond int64 it is taken (as a double) only where the
  // double's canonical text is the same digits, so that nothing is lost.
  // kMalformed: not JSON, a byte order mark, NUL, not UTF-8, a lone surrogate, a member twice, trailing bytes, an
  // integer that would lose digits, a number that overflows. kLimit: longer or deeper than `limits`.
  static Result<Json> Parse(std::string_view text, const JsonLimits& limits = {});

  // One line without spaces. Strings must be UTF-8 (what is not becomes U+FFFD); a double that is not finite is null.
  std::string Dump() const;
  // Indented by two spaces, with a newline at the end.
  std::string Pretty() const;
  // RFC 8785. kUnsupported: what JCS cannot carry: a double that is not finite, an int whose digits a double would
  // change (some beyond ±2^53), a string that is not UTF-8.
  Result<std::string> Canonical() const;

  JsonType type() const { return static_cast<JsonType>(value_.index()); }
  bool is_null() const { return type() == JsonType::kNull; }
  bool is_string() const { return type() == JsonType::kString; }
  bool is_array() const { return type() == JsonType::kArray; }
  bool is_object() const { return type() == JsonType::kObject; }

  // This value as the named type. kMalformed: another type came. AsNumber takes an int too.
  Result<bool> AsBool() const;
  Result<std::int64_t> AsInt() const;
  Result<double> AsNumber() const;
  Result<std::string> AsString() const;
  Result<const Array*> AsArray() const;
  Result<const Object*> AsObject() const;

  // Member `key` of this object. kMalformed: this is no object, it has no such member, or of another type.
  Result<const Json*> Get(std::string_view key) const;
  Result<bool> GetBool(std::string_view key) const;
  Result<std::int64_t> GetInt(std::string_view key) const;
  // As GetInt, and refuses (kMalformed) what lies outside [least, most].
  Result<std::int64_t> GetIntIn(std::string_view key, std::int64_t least, std::int64_t most) const;
  Result<double> GetNumber(std::string_view key) const;
  Result<std::string> GetString(std::string_view key) const;
  Result<const Array*> GetArray(std::string_view key) const;
  Result<std::vector<std::string>> GetStrings(std::string_view key) const;
  // The member as an object value, so that lookups go on:
  //   const Json& integrity = *TRY(contract.GetObject("integrity"));
  //   const std::string sha256 = TRY(integrity.GetString("sha256"));
  Result<const Json*> GetObject(std::string_view key) const;
  // None where the member is absent; still kMalformed where it has another type (null too).
  Result<std::optional<bool>> FindBool(std::string_view key) const;
  Result<std::optional<std::int64_t>> FindInt(std::string_view key) const;
  Result<std::optional<double>> FindNumber(std::string_view key) const;
  Result<std::optional<std::string>> FindString(std::string_view key) const;
  // Null pointer where this is no object or has no such member.
  const Json* Find(std::string_view key) const;

  // RFC 6901. kNotFound: nothing is there; kMalformed: `pointer` is not a JSON pointer.
  Result<const Json*> At(std::string_view pointer) const;

  // kMalformed, naming the member: this is no object, or has a member other than `known`.
  Result<void> RefuseUnknownMembers(std::initializer_list<std::string_view> known) const;

  // Sets a member; a null becomes an object first. Another type is a bug (CHECK). Returns the member.
  Json& Set(std::string_view key, Json value);
  // Appends an element; a null becomes an array first. Another type is a bug (CHECK). Returns the element.
  Json& Push(Json value);
  // Removes a member if there.
  void Remove(std::string_view key);

  // Same type and content: 1 and 1.0 differ.
  friend bool operator==(const Json& a, const Json& b) { return a.value_ == b.value_; }

 private:
  std::variant<std::monostate, bool, std::int64_t, double, std::string, Array, Object> value_;
  friend class JsonWriter;
};

// "a string", "an integer", … as messages write it.
std::string_view JsonTypeName(JsonType type);

}  // namespace cloister::formats

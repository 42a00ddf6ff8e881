// CBOR values (RFC 8949): written only in the deterministic form of §4.2.1, read strictly in that form or, where others
// write it (NSM documents, EAT), in any well-formed one.
#pragma once

#include <concepts>
#include <optional>
#include <utility>
#include <variant>

#include "base/bytes.h"

namespace cloister::formats {

struct CborLimits {
  std::size_t max_bytes = std::size_t{16} << 20;
  std::size_t max_depth = 32;        // an array holding an integer has depth 2
  std::size_t max_items = 1u << 16;  // values in all, keys and tags counted
};

// kDeterministic: RFC 8949 §4.2.1 (shortest heads and floats, definite lengths, keys in bytewise order of their
// encoding); anything else is kMalformed. kAnyWellFormed: also indefinite lengths, longer heads and keys in any order.
// Both refuse a key that comes twice, text that is not UTF-8, and reserved or unassigned heads.
enum class CborForm { kDeterministic, kAnyWellFormed };

enum class CborType {
  kUnsigned,
  kNegative,
  kBytes,
  kText,
  kArray,
  kMap,
  kTag,
  kBool,
  kNull,
  kUndefined,
  kFloat,
  kSimple
};

// A CBOR value. Built with braces:
//   Cbor header = Cbor::Map{{1, -7}, {4, key_id}, {"note", "text"}};
// What As… and Get… return by span, view or pointer is borrowed from this value.
class Cbor {
 public:
  using Array = std::vector<Cbor>;
  // In any order while building; Encode() sorts. A key twice is a bug (CHECK in Encode).
  using Map = std::vector<std::pair<Cbor, Cbor>>;

  Cbor() = default;  // null
  Cbor(std::nullptr_t) {}
  template <std::same_as<bool> B>
  Cbor(B value) : value_(value) {}
  template <std::integral I>
    requires(!std::same_as<I, bool>)
  Cbor(I value) {
    if (value < 0) {
      value_ = Negative{static_cast<std::uint64_t>(-1 - static_cast<std::int64_t>(value))};
    } else {
      value_ = static_cast<std::uint64_t>(value);
    }
  }
  Cbor(double value) : value_(value) {}
  Cbor(const char* text) : value_(std::string(text)) {}
  Cbor(std::string_view text) : value_(std::string(text)) {}
  Cbor(std::string text) : value_(std::move(text)) {}
  Cbor(Bytes bytes) : value_(std::move(bytes)) {}
  Cbor(ByteSpan bytes) : value_(ToBytes(bytes)) {}
  template <std::size_t N>
  Cbor(const std::array<std::uint8_t, N>& bytes) : value_(ToBytes(ByteSpan(bytes))) {}
  Cbor(Array array) : value_(std::move(array)) {}
  Cbor(Map map) : value_(std::move(map)) {}
  static Cbor Tagged(std::uint64_t number, Cbor content);
  // The integer -1 - n, for those below int64.
  static Cbor MinusOneMinus(std::uint64_t n);
  static Cbor Undefined();

  // Reads exactly one value that fills `input`. kMalformed, kLimit; see CborForm.
  static Result<Cbor> Decode(ByteSpan input, CborForm form, const CborLimits& limits = {});
  // Reads the first value of `*input` and moves `*input` past it (CBOR sequences, RFC 8742).
  static Result<Cbor> DecodeFirst(ByteSpan* input, CborForm form, const CborLimits& limits = {});

  // Deterministic (RFC 8949 §4.2.1).
  Bytes Encode() const;

  // The bytes this value was decoded from: a slice of Decode's input, so valid only while that lives. Empty for a value
  // that was built, or changed since.
  ByteSpan encoded() const { return encoded_; }

  CborType type() const;
  bool is_null() const { return type() == CborType::kNull; }

  // This value as the named type. kMalformed: another type came, or (integers) it does not fit.
  Result<std::uint64_t> AsUint() const;
  Result<std::int64_t> AsInt() const;
  Result<bool> AsBool() const;
  Result<double> AsFloat() const;
  Result<ByteSpan> AsBytes() const;
  Result<std::string_view> AsText() const;
  Result<const Array*> AsArray() const;
  // As AsArray, and demands `count` elements.
  Result<const Array*> AsArrayOf(std::size_t count) const;
  Result<const Map*> AsMap() const;
  // The content of tag `number`. kMalformed: no tag, or another number.
  Result<const Cbor*> AsTagged(std::uint64_t number) const;
  // The tag's number; none where this is no tag.
  std::optional<std::uint64_t> tag() const;

  // The value under `key` in this map: map.GetBytes(4), map.GetText("digest").
  // kMalformed, naming the key: this is no map, has no such key, or the value has another type.
  Result<const Cbor*> Get(const Cbor& key) const;
  Result<std::uint64_t> GetUint(const Cbor& key) const;
  Result<std::int64_t> GetInt(const Cbor& key) const;
  Result<bool> GetBool(const Cbor& key) const;
  Result<ByteSpan> GetBytes(const Cbor& key) const;
  Result<std::string_view> GetText(const Cbor& key) const;
  Result<const Array*> GetArray(const Cbor& key) const;
  // The value under `key`, a map, so that lookups go on.
  Result<const Cbor*> GetMap(const Cbor& key) const;
  // Null pointer where this is no map or has no such key.
  const Cbor* Find(const Cbor& key) const;

  // Sets a key; a null becomes a map first. Another type is a bug (CHECK).
  void Set(Cbor key, Cbor value);
  // kMalformed, naming the key: this is no map, or has a key other than `known`.
  Result<void> RefuseUnknownKeys(std::initializer_list<Cbor> known) const;

  // Same value, wherever it came from; map order does not matter.
  friend bool operator==(const Cbor& a, const Cbor& b);

 private:
  struct Negative {
    std::uint64_t n;
    bool operator==(const Negative&) const = default;
  };
  struct Tag {
    std::uint64_t number;
    Array content;  // exactly one
  };
  struct Simple {
    std::uint8_t number;
  };
  struct UndefinedValue {};

  std::variant<std::monostate, std::uint64_t, Negative, Bytes, std::string, Array, Map, Tag, bool, double, Simple,
               UndefinedValue>
      value_;
  ByteSpan encoded_;
  friend class CborDecoder;
  friend class CborEncoder;
};

}  // namespace cloister::formats

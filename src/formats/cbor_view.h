// CBOR read in place (RFC 8949): the values that Cbor::Decode takes, as views of the input and of one flat list of items, so
// that no value allocates for itself. For messages that are read often.
#pragma once

#include <iterator>

#include "formats/cbor.h"

namespace cloister::formats {

class CborTape;
class CborView;
struct CborItem;

// The key of a map that is looked for: an integer or a text, borrowed.
class CborKey {
 public:
  template <std::integral I>
    requires(!std::same_as<I, bool>)
  CborKey(I number) : key_(static_cast<std::int64_t>(number)) {}
  CborKey(std::string_view text) : key_(text) {}
  CborKey(const char* text) : key_(std::string_view(text)) {}

  bool operator==(const CborView& came) const;
  std::string Describe() const;  // as in "key 3" or "key \"nonce\""

 private:
  std::variant<std::int64_t, std::string_view> key_;
};

// One value within a CborTape; valid until that is read into again, and while the input lives. As Cbor where names are
// the same.
class CborView {
 public:
  // The elements of an array, or the keys and values of a map in turns.
  class Items;

  CborType type() const;
  bool is_null() const { return type() == CborType::kNull; }
  ByteSpan encoded() const;

  Result<std::uint64_t> AsUint() const;
  Result<std::int64_t> AsInt() const;
  Result<bool> AsBool() const;
  Result<ByteSpan> AsBytes() const;
  Result<std::string_view> AsText() const;
  Result<Items> AsArray() const;
  Result<Items> AsArrayOf(std::size_t count) const;
  // Key, value, key, value and so on.
  Result<Items> AsMap() const;
  Result<CborView> AsTagged(std::uint64_t number) const;
  std::optional<std::uint64_t> tag() const;

  Result<CborView> Get(const CborKey& key) const;
  Result<std::uint64_t> GetUint(const CborKey& key) const;
  Result<ByteSpan> GetBytes(const CborKey& key) const;
  Result<std::string_view> GetText(const CborKey& key) const;
  Result<Items> GetArray(const CborKey& key) const;
  Result<CborView> GetMap(const CborKey& key) const;
  // None where this is no map or has no such key.
  std::optional<CborView> Find(const CborKey& key) const;
  // Whether this map has a key of the same value.
  bool Contains(const CborView& key) const;
  Result<void> RefuseUnknownKeys(std::initializer_list<CborKey> known) const;

  // A value of its own; encoded() there is a slice of the input too.
  Cbor ToCbor() const;

  friend bool operator==(const CborView& a, const CborView& b);

 private:
  friend class CborDecoder;
  friend class CborTape;
  friend class CborTapeReader;
  CborView(const CborTape* tape, std::uint32_t index) : tape_(tape), index_(index) {}
  const CborItem& item() const;
  template <class T>
  Result<T> Entry(const CborKey& key, Result<T> (CborView::*as)() const) const;
  const CborTape* tape_;
  std::uint32_t index_;
};

class CborView::Items {
 public:
  class Iterator {
   public:
    using value_type = CborView;
    using difference_type = std::ptrdiff_t;
    CborView operator*() const { return {tape_, index_}; }
    Iterator& operator++();
    Iterator operator++(int);
    bool operator==(const Iterator& other) const { return index_ == other.index_; }

   private:
    friend class Items;
    Iterator(const CborTape* tape, std::uint32_t index) : tape_(tape), index_(index) {}
    const CborTape* tape_;
    std::uint32_t index_;
  };

  // Elements of the array, or pairs of the map.
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  Iterator begin() const { return {tape_, begin_}; }
  Iterator end() const { return {tape_, end_}; }

 private:
  friend class CborView;
  Items(const CborTape* tape, std::uint32_t begin, std::uint32_t end, std::size_t size)
      : tape_(tape), begin_(begin), end_(end), size_(size) {}
  const CborTape* tape_;
  std::uint32_t begin_, end_;
  std::size_t size_;
};

// What a CborTape keeps of one value.
struct CborItem {
  CborType type;
  std::uint32_t end;       // the index behind this item and all within it
  std::uint64_t argument;  // integer (or its n), tag, boolean, simple number, bits of the double; elements or pairs
  ByteSpan string;
  ByteSpan encoded;
};

// The items of one value, which CborViews point into. Read into again, it reuses its memory.
class CborTape {
 public:
  CborTape() = default;
  CborTape(const CborTape&) = delete;
  CborTape& operator=(const CborTape&) = delete;

  // As Cbor::Decode and Cbor::DecodeFirst.
  Result<CborView> Decode(ByteSpan input, CborForm form, const CborLimits& limits = {});
  Result<CborView> DecodeFirst(ByteSpan* input, CborForm form, const CborLimits& limits = {});

 private:
  friend class CborTapeReader;
  friend class CborView;
  std::vector<CborItem> items_;
  Bytes joined_;  // strings that came in chunks; never moves while it is filled
};

// Append what RFC 8949 §4.2.1 makes of a value, for bytes that are built anew each time.
void AppendCborArrayHead(Bytes& out, std::size_t count);
void AppendCborBytes(Bytes& out, ByteSpan bytes);
void AppendCborText(Bytes& out, std::string_view text);

}  // namespace cloister::formats

#include "formats/cbor_view.h"

#include <bit>

#include "formats/internal/cbor_names.h"
#include "formats/internal/json_text.h"

namespace cloister::formats {
namespace {

Error WrongType(std::string_view expected, CborType came) {
  return Error(ErrorCode::kMalformed, "expected " + std::string(expected) + ", got " + std::string(internal::CborTypeName(came)));
}

}  // namespace

bool CborKey::operator==(const CborView& came) const {
  const CborType type = came.type();
  if (const auto* number = std::get_if<std::int64_t>(&key_)) {
    if (type != CborType::kUnsigned && type != CborType::kNegative) return false;
    const Result<std::int64_t> value = came.AsInt();
    return value && *value == *number;
  }
  return type == CborType::kText && *came.AsText() == std::get<std::string_view>(key_);
}

std::string CborKey::Describe() const {
  if (const auto* number = std::get_if<std::int64_t>(&key_)) return "key " + std::to_string(*number);
  return "key " + QuotedName(std::get<std::string_view>(key_));
}

CborView::Items::Iterator& CborView::Items::Iterator::operator++() {
  index_ = tape_->items_[index_].end;
  return *this;
}

CborView::Items::Iterator CborView::Items::Iterator::operator++(int) {
  const Iterator before = *this;
  ++*this;
  return before;
}

const CborItem& CborView::item() const { return tape_->items_[index_]; }

CborType CborView::type() const { return item().type; }
ByteSpan CborView::encoded() const { return item().encoded; }

Result<std::uint64_t> CborView::AsUint() const {
  if (type() == CborType::kUnsigned) return item().argument;
  return WrongType("an unsigned integer", type());
}

Result<std::int64_t> CborView::AsInt() const {
  if (type() != CborType::kUnsigned && type() != CborType::kNegative) return WrongType("an integer", type());
  if (!std::in_range<std::int64_t>(item().argument)) {
    return Error(ErrorCode::kMalformed, "expected an integer within 64 signed bits, got a larger one");
  }
  const auto value = static_cast<std::int64_t>(item().argument);
  return type() == CborType::kUnsigned ? value : -1 - value;
}

Result<bool> CborView::AsBool() const {
  if (type() == CborType::kBool) return item().argument != 0;
  return WrongType("a boolean", type());
}

Result<ByteSpan> CborView::AsBytes() const {
  if (type() == CborType::kBytes) return item().string;
  return WrongType("a byte string", type());
}

Result<std::string_view> CborView::AsText() const {
  if (type() == CborType::kText) return cloister::AsText(item().string);
  return WrongType("a text string", type());
}

Result<CborView::Items> CborView::AsArray() const {
  if (type() != CborType::kArray) return WrongType("an array", type());
  return Items(tape_, index_ + 1, item().end, static_cast<std::size_t>(item().argument));
}

Result<CborView::Items> CborView::AsArrayOf(std::size_t count) const {
  const Items items = TRY(AsArray());
  if (items.size() == count) return items;
  return Error(ErrorCode::kMalformed,
               "expected an array of " + std::to_string(count) + " elements, got " + std::to_string(items.size()));
}

Result<CborView::Items> CborView::AsMap() const {
  if (type() != CborType::kMap) return WrongType("a map", type());
  return Items(tape_, index_ + 1, item().end, static_cast<std::size_t>(item().argument));
}

Result<CborView> CborView::AsTagged(std::uint64_t number) const {
  if (type() != CborType::kTag) return WrongType("tag " + std::to_string(number), type());
  if (item().argument == number) return CborView(tape_, index_ + 1);
  return Error(ErrorCode::kMalformed,
               "expected tag " + std::to_string(number) + ", got tag " + std::to_string(item().argument));
}

std::optional<std::uint64_t> CborView::tag() const {
  return type() == CborType::kTag ? std::optional(item().argument) : std::nullopt;
}

std::optional<CborView> CborView::Find(const CborKey& key) const {
  if (type() != CborType::kMap) return std::nullopt;
  const Items items(tape_, index_ + 1, item().end, 0);
  for (auto at = items.begin(); at != items.end(); ++at) {
    const CborView name = *at++;
    if (key == name) return *at;
  }
  return std::nullopt;
}

bool CborView::Contains(const CborView& key) const {
  if (type() != CborType::kMap) return false;
  const Items items(tape_, index_ + 1, item().end, 0);
  for (auto at = items.begin(); at != items.end(); ++at) {
    if (*at++ == key) return true;
  }
  return false;
}

template <class T>
Result<T> CborView::Entry(const CborKey& key, Result<T> (CborView::*as)() const) const {
  const CborView value = TRY(Get(key));
  return TRY_WITH(key.Describe(), (value.*as)());
}

Result<CborView> CborView::Get(const CborKey& key) const {
  TRY(AsMap());
  const std::optional<CborView> value = Find(key);
  if (!value) return Error(ErrorCode::kMalformed, "expected " + key.Describe() + ", got none");
  return *value;
}

Result<std::uint64_t> CborView::GetUint(const CborKey& key) const { return Entry(key, &CborView::AsUint); }
Result<ByteSpan> CborView::GetBytes(const CborKey& key) const { return Entry(key, &CborView::AsBytes); }
Result<std::string_view> CborView::GetText(const CborKey& key) const { return Entry(key, &CborView::AsText); }
Result<CborView::Items> CborView::GetArray(const CborKey& key) const { return Entry(key, &CborView::AsArray); }
Result<CborView> CborView::GetMap(const CborKey& key) const {
  TRY(Entry(key, &CborView::AsMap));
  return *Find(key);
}

Result<void> CborView::RefuseUnknownKeys(std::initializer_list<CborKey> known) const {
  const Items items = TRY(AsMap());
  for (auto at = items.begin(); at != items.end(); ++at) {
    const CborView name = *at++;
    bool found = false;
    for (const CborKey& key : known) found = found || key == name;
    if (!found) return Error(ErrorCode::kMalformed, "unknown " + internal::CborKeyName(name.ToCbor()));
  }
  return {};
}

bool operator==(const CborView& a, const CborView& b) {
  const CborItem &x = a.item(), &y = b.item();
  if (x.type != y.type) return false;
  switch (x.type) {
    case CborType::kUnsigned:
    case CborType::kNegative:
    case CborType::kBool:
    case CborType::kSimple:
      return x.argument == y.argument;
    case CborType::kBytes:
    case CborType::kText:
      return Equal(x.string, y.string);
    case CborType::kNull:
    case CborType::kUndefined:
      return true;
    case CborType::kFloat:
    case CborType::kArray:
    case CborType::kMap:
    case CborType::kTag:
      break;
  }
  return a.ToCbor() == b.ToCbor();
}

}  // namespace cloister::formats

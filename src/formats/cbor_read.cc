#include <algorithm>
#include <bit>
#include <limits>

#include "base/byte_reader.h"
#include "formats/cbor_view.h"
#include "formats/internal/cbor_head.h"
#include "formats/utf8.h"

namespace cloister::formats {
namespace {

Error Malformed(const std::string& message) { return Error(ErrorCode::kMalformed, "CBOR: " + message); }

}  // namespace

// Writes a tape.
class CborTapeReader {
 public:
  CborTapeReader(CborTape& tape, ByteSpan input, CborForm form, const CborLimits& limits)
      : items_(tape.items_),
        joined_(tape.joined_),
        tape_(tape),
        input_(input),
        reader_(input),
        strict_(form == CborForm::kDeterministic),
        limits_(limits) {
    items_.clear();
    joined_.clear();
  }

  std::size_t position() const { return input_.size() - reader_.left(); }

  // The next value and all within it.
  Result<void> Value(std::size_t depth) {
    if (depth > limits_.max_depth) {
      return Error(ErrorCode::kLimit, "CBOR: expected depth of at most " + std::to_string(limits_.max_depth));
    }
    TRY(CountItems(1));
    const std::size_t start = position();
    const Head head = TRY(ReadHead());
    const std::size_t index = items_.size();
    CHECK(index < std::numeric_limits<std::uint32_t>::max());
    items_.emplace_back();
    TRY(Content(head, depth, index));
    items_[index].end = static_cast<std::uint32_t>(items_.size());
    items_[index].encoded = input_.subspan(start, position() - start);
    return {};
  }

 private:
  struct Head {
    CborMajor major;
    std::uint8_t info;  // the low five bits of the first byte
    std::uint64_t argument;
  };
  static constexpr std::uint8_t kIndefinite = 31;
  static constexpr std::uint8_t kBreak = 0xFF;

  Result<void> CountItems(std::uint64_t count) {
    if (count <= limits_.max_items - counted_) {
      counted_ += count;
      return {};
    }
    return Error(ErrorCode::kLimit, "CBOR: expected at most " + std::to_string(limits_.max_items) + " items");
  }

  // §3: the first byte and the argument that follows it; §4.2.1: the shortest form of it.
  Result<Head> ReadHead() {
    const auto first = TRY(reader_.Be<std::uint8_t>());
    Head head{static_cast<CborMajor>(first >> 5), static_cast<std::uint8_t>(first & 31), 0};
    std::uint64_t least = 0;
    switch (head.info) {
      case 24:
        head.argument = TRY(reader_.Be<std::uint8_t>());
        least = 24;
        break;
      case 25:
        head.argument = TRY(reader_.Be<std::uint16_t>());
        least = 0x100;
        break;
      case 26:
        head.argument = TRY(reader_.Be<std::uint32_t>());
        least = 0x10000;
        break;
      case 27:
        head.argument = TRY(reader_.Be<std::uint64_t>());
        least = 0x100000000;
        break;
      case 28:
      case 29:
      case 30:
        return Malformed("reserved additional information " + std::to_string(head.info));
      case kIndefinite:
        break;
      default:
        head.argument = head.info;
    }
    if (strict_ && head.info == kIndefinite) return Malformed("expected a definite length");
    if (strict_ && head.major != CborMajor::kSimple && head.argument < least) {
      return Malformed("expected the shortest head");
    }
    return head;
  }

  void Set(std::size_t index, CborType type, std::uint64_t argument = 0, ByteSpan string = {}) {
    items_[index].type = type;
    items_[index].argument = argument;
    items_[index].string = string;
  }

  Result<void> Content(const Head& head, std::size_t depth, std::size_t index) {
    const bool indefinite = head.info == kIndefinite;
    switch (head.major) {
      case CborMajor::kUnsigned:
        if (indefinite) return Malformed("an integer has no length");
        Set(index, CborType::kUnsigned, head.argument);
        return {};
      case CborMajor::kNegative:
        if (indefinite) return Malformed("an integer has no length");
        Set(index, CborType::kNegative, head.argument);
        return {};
      case CborMajor::kBytes:
        Set(index, CborType::kBytes, 0, TRY(String(head)));
        return {};
      case CborMajor::kText:
        Set(index, CborType::kText, 0, TRY(String(head)));
        return {};
      case CborMajor::kArray:
        return ReadArray(head, depth, index);
      case CborMajor::kMap:
        return ReadMap(head, depth, index);
      case CborMajor::kTag:
        if (indefinite) return Malformed("a tag has no length");
        Set(index, CborType::kTag, head.argument);
        return Value(depth + 1);
      case CborMajor::kSimple:
        return ReadSimple(head, index);
    }
    return Error(ErrorCode::kInternal, "CBOR: major type beyond 7");
  }

  // A byte or text string: of the input, or what its chunks make. Take checks the length against what is there.
  Result<ByteSpan> String(const Head& head) {
    if (head.info != kIndefinite) return Chunk(head);
    // All chunks together are shorter than the input, so nothing that points into it is moved.
    if (joined_.empty()) joined_.reserve(input_.size());
    const std::size_t start = joined_.size();
    while (!AtBreak()) {
      TRY(CountItems(1));
      const Head chunk = TRY(ReadHead());
      // §3.2.3: chunks are definite strings of the same type.
      if (chunk.major != head.major || chunk.info == kIndefinite) return Malformed("expected a definite string chunk");
      const ByteSpan bytes = TRY(Chunk(chunk));
      joined_.insert(joined_.end(), bytes.begin(), bytes.end());
    }
    return ByteSpan(joined_).subspan(start);
  }

  Result<ByteSpan> Chunk(const Head& head) {
    const ByteSpan bytes = TRY_WITH("CBOR: string", reader_.Take(head.argument));
    if (head.major == CborMajor::kText && !IsUtf8(AsText(bytes))) return Malformed("expected UTF-8 in a text string");
    return bytes;
  }

  // Whether a break is next; passes over it.
  bool AtBreak() {
    if (reader_.left() == 0 || input_[position()] != kBreak) return false;
    static_cast<void>(reader_.Take(1));
    return true;
  }

  // Each element takes at least one byte, so what cannot fit is refused before its room is allocated.
  Result<void> CheckCount(std::uint64_t count, std::uint64_t bytes_each) {
    if (count > reader_.left() / bytes_each) {
      return Malformed("expected room for " + std::to_string(count) + " elements, " + std::to_string(reader_.left()) +
                       " bytes left");
    }
    if (count > limits_.max_items) {
      return Error(ErrorCode::kLimit, "CBOR: expected at most " + std::to_string(limits_.max_items) + " items");
    }
    return {};
  }

  Result<void> ReadArray(const Head& head, std::size_t depth, std::size_t index) {
    std::uint64_t count = 0;
    if (head.info == kIndefinite) {
      for (; !AtBreak(); ++count) TRY(Value(depth + 1));
    } else {
      TRY(CheckCount(head.argument, 1));
      for (; count < head.argument; ++count) TRY(Value(depth + 1));
    }
    Set(index, CborType::kArray, count);
    return {};
  }

  Result<void> ReadMap(const Head& head, std::size_t depth, std::size_t index) {
    std::uint64_t count = 0;
    ByteSpan last_key;
    if (head.info == kIndefinite) {
      for (; !AtBreak(); ++count) TRY(ReadEntry(depth, last_key));
    } else {
      TRY(CheckCount(head.argument, 2));
      for (; count < head.argument; ++count) TRY(ReadEntry(depth, last_key));
    }
    Set(index, CborType::kMap, count);
    if (!strict_) TRY(RefuseSameKeys(index, count));
    return {};
  }

  // `last_key`: the encoded key before, empty for none.
  Result<void> ReadEntry(std::size_t depth, ByteSpan& last_key) {
    const std::size_t index = items_.size();
    TRY(Value(depth + 1));
    const ByteSpan key = items_[index].encoded;
    // Strictly ascending, so no key comes twice either.
    if (strict_ && !last_key.empty() &&
        !std::lexicographical_compare(last_key.begin(), last_key.end(), key.begin(), key.end())) {
      return Malformed("expected map keys in ascending order, each once");
    }
    last_key = key;
    return Value(depth + 1);
  }

  // Of the map at `index`, all of which is read.
  Result<void> RefuseSameKeys(std::size_t index, std::uint64_t count) {
    constexpr std::size_t kFew = 64;  // so many are compared with each other sooner than sorted
    const auto key_after = [this](std::size_t key) -> std::size_t { return items_[items_[key].end].end; };
    bool simple = true;
    for (std::size_t key = index + 1; key < items_.size(); key = key_after(key)) simple = simple && IsSimple(items_[key].type);
    // What stands within others is written out once for each, not for each pair.
    if (count > kFew || !simple) return RefuseSameSortedKeys(index, count);
    for (std::size_t key = index + 1; key < items_.size(); key = key_after(key)) {
      const CborView view(&tape_, static_cast<std::uint32_t>(key));
      for (std::size_t before = index + 1; before < key; before = key_after(before)) {
        if (view == CborView(&tape_, static_cast<std::uint32_t>(before))) return Malformed("a map key comes twice");
      }
    }
    return {};
  }

  static bool IsSimple(CborType type) {
    return type != CborType::kArray && type != CborType::kMap && type != CborType::kTag && type != CborType::kFloat;
  }

  Result<void> RefuseSameSortedKeys(std::size_t index, std::uint64_t count) {
    std::vector<Bytes> keys;
    keys.reserve(count);
    for (std::size_t key = index + 1; key < items_.size(); key = items_[items_[key].end].end) {
      keys.push_back(CborView(&tape_, static_cast<std::uint32_t>(key)).ToCbor().Encode());
    }
    std::sort(keys.begin(), keys.end());
    if (std::adjacent_find(keys.begin(), keys.end()) == keys.end()) return {};
    return Malformed("a map key comes twice");
  }

  Result<void> ReadSimple(const Head& head, std::size_t index) {
    switch (head.info) {
      case 20:
      case 21:
        Set(index, CborType::kBool, head.info == 21 ? 1 : 0);
        return {};
      case 22:
        Set(index, CborType::kNull);
        return {};
      case 23:
        Set(index, CborType::kUndefined);
        return {};
      case 25:
        return Float(HalfToDouble(static_cast<std::uint16_t>(head.argument)), head, index);
      case 26:
        return Float(std::bit_cast<float>(static_cast<std::uint32_t>(head.argument)), head, index);
      case 27:
        return Float(std::bit_cast<double>(head.argument), head, index);
      case kIndefinite:
        return Malformed("a break outside an indefinite length");
      default:
        break;
    }
    // §3.3: 24..31 are reserved, and what fits the first byte must not take two.
    if (head.info == 24 && head.argument < 32) return Malformed("simple value below 32 in two bytes");
    Set(index, CborType::kSimple, head.argument);
    return {};
  }

  // §4.2.1: the shortest float that keeps the value. Comparing with what we would write also fixes NaN to 0x7e00.
  Result<void> Float(double value, const Head& head, std::size_t index) {
    const std::size_t size = std::size_t{1} + (std::size_t{1} << (head.info - 24));
    if (strict_ && !Equal(Cbor(value).Encode(), input_.subspan(position() - size, size))) {
      return Malformed("expected the shortest float");
    }
    Set(index, CborType::kFloat, std::bit_cast<std::uint64_t>(value));
    return {};
  }

  std::vector<CborItem>& items_;
  Bytes& joined_;
  const CborTape& tape_;
  ByteSpan input_;
  ByteReader reader_;
  bool strict_;
  CborLimits limits_;
  std::uint64_t counted_ = 0;
};

// Makes values of their own from a tape.
class CborDecoder {
 public:
  static Cbor Make(const CborView& view) {
    Cbor value = Content(view);
    value.encoded_ = view.encoded();
    return value;
  }

 private:
  static Cbor Content(const CborView& view) {
    const CborItem& item = view.item();
    switch (item.type) {
      case CborType::kUnsigned:
        return Cbor(item.argument);
      case CborType::kNegative:
        return Cbor::MinusOneMinus(item.argument);
      case CborType::kBytes:
        return Cbor(item.string);
      case CborType::kText:
        return Cbor(AsText(item.string));
      case CborType::kArray: {
        Cbor::Array array;
        array.reserve(static_cast<std::size_t>(item.argument));
        const CborView::Items items = *view.AsArray();
        for (const CborView& element : items) array.push_back(Make(element));
        return Cbor(std::move(array));
      }
      case CborType::kMap: {
        Cbor::Map map;
        map.reserve(static_cast<std::size_t>(item.argument));
        const CborView::Items items = *view.AsMap();
        for (auto at = items.begin(); at != items.end(); ++at) {
          Cbor key = Make(*at++);
          map.emplace_back(std::move(key), Make(*at));
        }
        return Cbor(std::move(map));
      }
      case CborType::kTag:
        return Cbor::Tagged(item.argument, Make(*view.AsTagged(item.argument)));
      case CborType::kBool:
        return Cbor(item.argument != 0);
      case CborType::kNull:
        return Cbor(nullptr);
      case CborType::kUndefined:
        return Cbor::Undefined();
      case CborType::kFloat:
        return Cbor(std::bit_cast<double>(item.argument));
      case CborType::kSimple:
        break;
    }
    Cbor simple;
    simple.value_ = Cbor::Simple{static_cast<std::uint8_t>(item.argument)};
    return simple;
  }
};

Cbor CborView::ToCbor() const { return CborDecoder::Make(*this); }

Result<CborView> CborTape::DecodeFirst(ByteSpan* input, CborForm form, const CborLimits& limits) {
  if (input->size() > limits.max_bytes) {
    return Error(ErrorCode::kLimit, "CBOR: expected at most " + std::to_string(limits.max_bytes) + " bytes, got " +
                                        std::to_string(input->size()));
  }
  CborTapeReader reader(*this, *input, form, limits);
  TRY(reader.Value(1));
  *input = input->subspan(reader.position());
  return CborView(this, 0);
}

Result<CborView> CborTape::Decode(ByteSpan input, CborForm form, const CborLimits& limits) {
  ByteSpan rest = input;
  const CborView value = TRY(DecodeFirst(&rest, form, limits));
  if (!rest.empty()) return Malformed(std::to_string(rest.size()) + " trailing bytes");
  return value;
}

Result<Cbor> Cbor::DecodeFirst(ByteSpan* input, CborForm form, const CborLimits& limits) {
  CborTape tape;
  return TRY(tape.DecodeFirst(input, form, limits)).ToCbor();
}

Result<Cbor> Cbor::Decode(ByteSpan input, CborForm form, const CborLimits& limits) {
  CborTape tape;
  return TRY(tape.Decode(input, form, limits)).ToCbor();
}

}  // namespace cloister::formats

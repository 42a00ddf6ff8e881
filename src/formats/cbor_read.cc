#include <algorithm>
#include <bit>

#include "base/byte_reader.h"
#include "formats/cbor.h"
#include "formats/internal/cbor_head.h"
#include "formats/utf8.h"

namespace cloister::formats {
namespace {

Error Malformed(const std::string& message) { return Error(ErrorCode::kMalformed, "CBOR: " + message); }

}  // namespace

class CborDecoder {
 public:
  CborDecoder(ByteSpan input, CborForm form, const CborLimits& limits)
      : input_(input), reader_(input), strict_(form == CborForm::kDeterministic), limits_(limits) {}

  std::size_t position() const { return input_.size() - reader_.left(); }

  Result<Cbor> Value(std::size_t depth) {
    if (depth > limits_.max_depth) {
      return Error(ErrorCode::kLimit, "CBOR: expected depth of at most " + std::to_string(limits_.max_depth));
    }
    TRY(CountItems(1));
    const std::size_t start = position();
    const Head head = TRY(ReadHead());
    Cbor value = TRY(Content(head, depth));
    value.encoded_ = input_.subspan(start, position() - start);
    return value;
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
    if (count <= limits_.max_items - items_) {
      items_ += count;
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

  Result<Cbor> Content(const Head& head, std::size_t depth) {
    const bool indefinite = head.info == kIndefinite;
    switch (head.major) {
      case CborMajor::kUnsigned:
        if (indefinite) return Malformed("an integer has no length");
        return Cbor(head.argument);
      case CborMajor::kNegative:
        if (indefinite) return Malformed("an integer has no length");
        return Cbor::MinusOneMinus(head.argument);
      case CborMajor::kBytes:
        return Cbor(TRY(String(head)));
      case CborMajor::kText: {
        const Bytes text = TRY(String(head));
        return Cbor(AsText(text));
      }
      case CborMajor::kArray:
        return ReadArray(head, depth);
      case CborMajor::kMap:
        return ReadMap(head, depth);
      case CborMajor::kTag:
        if (indefinite) return Malformed("a tag has no length");
        return Cbor::Tagged(head.argument, TRY(Value(depth + 1)));
      case CborMajor::kSimple:
        return ReadSimple(head);
    }
    return Error(ErrorCode::kInternal, "CBOR: major type beyond 7");
  }

  // A byte or text string. Take checks the length against what is there before anything is copied.
  Result<Bytes> String(const Head& head) {
    if (head.info != kIndefinite) return ToBytes(TRY(Chunk(head)));
    Bytes out;
    while (!AtBreak()) {
      TRY(CountItems(1));
      const Head chunk = TRY(ReadHead());
      // §3.2.3: chunks are definite strings of the same type.
      if (chunk.major != head.major || chunk.info == kIndefinite) return Malformed("expected a definite string chunk");
      const ByteSpan bytes = TRY(Chunk(chunk));
      out.insert(out.end(), bytes.begin(), bytes.end());
    }
    return out;
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

  Result<Cbor> ReadArray(const Head& head, std::size_t depth) {
    Cbor::Array array;
    if (head.info == kIndefinite) {
      while (!AtBreak()) array.push_back(TRY(Value(depth + 1)));
      return Cbor(std::move(array));
    }
    TRY(CheckCount(head.argument, 1));
    array.reserve(head.argument);
    for (std::uint64_t i = 0; i < head.argument; ++i) array.push_back(TRY(Value(depth + 1)));
    return Cbor(std::move(array));
  }

  Result<Cbor> ReadMap(const Head& head, std::size_t depth) {
    Cbor::Map map;
    if (head.info == kIndefinite) {
      while (!AtBreak()) TRY(ReadEntry(map, depth));
    } else {
      TRY(CheckCount(head.argument, 2));
      map.reserve(head.argument);
      for (std::uint64_t i = 0; i < head.argument; ++i) TRY(ReadEntry(map, depth));
    }
    if (!strict_) TRY(RefuseSameKeys(map));
    return Cbor(std::move(map));
  }

  Result<void> ReadEntry(Cbor::Map& map, std::size_t depth) {
    Cbor key = TRY(Value(depth + 1));
    if (strict_ && !map.empty()) {
      const ByteSpan before = map.back().first.encoded();
      const ByteSpan now = key.encoded();
      // Strictly ascending, so no key comes twice either.
      if (!std::lexicographical_compare(before.begin(), before.end(), now.begin(), now.end())) {
        return Malformed("expected map keys in ascending order, each once");
      }
    }
    Cbor value = TRY(Value(depth + 1));
    map.emplace_back(std::move(key), std::move(value));
    return {};
  }

  static Result<void> RefuseSameKeys(const Cbor::Map& map) {
    constexpr std::size_t kFew = 16;  // so many are compared with each other sooner than sorted
    if (map.size() <= kFew) {
      for (auto a = map.begin(); a != map.end(); ++a) {
        if (std::any_of(map.begin(), a, [&](const auto& b) { return a->first == b.first; })) {
          return Malformed("a map key comes twice");
        }
      }
      return {};
    }
    std::vector<Bytes> keys;
    keys.reserve(map.size());
    for (const auto& entry : map) keys.push_back(entry.first.Encode());
    std::sort(keys.begin(), keys.end());
    if (std::adjacent_find(keys.begin(), keys.end()) == keys.end()) return {};
    return Malformed("a map key comes twice");
  }

  Result<Cbor> ReadSimple(const Head& head) {
    switch (head.info) {
      case 20:
        return Cbor(false);
      case 21:
        return Cbor(true);
      case 22:
        return Cbor(nullptr);
      case 23:
        return Cbor::Undefined();
      case 25:
        return Float(HalfToDouble(static_cast<std::uint16_t>(head.argument)), head);
      case 26:
        return Float(std::bit_cast<float>(static_cast<std::uint32_t>(head.argument)), head);
      case 27:
        return Float(std::bit_cast<double>(head.argument), head);
      case kIndefinite:
        return Malformed("a break outside an indefinite length");
      default:
        break;
    }
    // §3.3: 24..31 are reserved, and what fits the first byte must not take two.
    if (head.info == 24 && head.argument < 32) return Malformed("simple value below 32 in two bytes");
    Cbor simple;
    simple.value_ = Cbor::Simple{static_cast<std::uint8_t>(head.argument)};
    return simple;
  }

  // §4.2.1: the shortest float that keeps the value. Comparing with what we would write also fixes NaN to 0x7e00.
  Result<Cbor> Float(double value, const Head& head) {
    Cbor out(value);
    const std::size_t size = std::size_t{1} + (std::size_t{1} << (head.info - 24));
    if (strict_ && !Equal(out.Encode(), input_.subspan(position() - size, size))) {
      return Malformed("expected the shortest float");
    }
    return out;
  }

  ByteSpan input_;
  ByteReader reader_;
  bool strict_;
  CborLimits limits_;
  std::uint64_t items_ = 0;
};

Result<Cbor> Cbor::DecodeFirst(ByteSpan* input, CborForm form, const CborLimits& limits) {
  if (input->size() > limits.max_bytes) {
    return Error(ErrorCode::kLimit, "CBOR: expected at most " + std::to_string(limits.max_bytes) + " bytes, got " +
                                        std::to_string(input->size()));
  }
  CborDecoder decoder(*input, form, limits);
  Cbor value = TRY(decoder.Value(1));
  *input = input->subspan(decoder.position());
  return value;
}

Result<Cbor> Cbor::Decode(ByteSpan input, CborForm form, const CborLimits& limits) {
  ByteSpan rest = input;
  Cbor value = TRY(DecodeFirst(&rest, form, limits));
  if (!rest.empty()) return Malformed(std::to_string(rest.size()) + " trailing bytes");
  return value;
}

}  // namespace cloister::formats

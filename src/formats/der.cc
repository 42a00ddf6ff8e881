#include "formats/der.h"

#include <algorithm>
#include <charconv>

#include "formats/utf8.h"

namespace cloister::formats {
namespace {

constexpr std::uint8_t kHighTagNumber = 0x1F;
constexpr std::size_t kMaxLengthBytes = 4;

Error Malformed(const std::string& message) { return Error(ErrorCode::kMalformed, "DER: " + message); }

std::string TagText(DerTag tag) {
  const std::uint8_t byte[] = {static_cast<std::uint8_t>(tag)};
  return "tag 0x" + ToHex(byte);
}

// X.690 §8.1.3 and §10.1: definite, in as few bytes as can be.
Result<std::size_t> Length(ByteReader& reader) {
  const auto first = TRY(reader.Be<std::uint8_t>());
  if (first < 0x80) return std::size_t{first};
  const std::size_t count = first & 0x7F;
  if (count == 0 || count > kMaxLengthBytes) return Malformed("expected a definite length of at most 4 bytes");
  std::size_t length = 0;
  const ByteSpan bytes = TRY(reader.Take(count));
  for (const std::uint8_t byte : bytes) length = length << 8 | byte;
  if (bytes[0] == 0 || length < 0x80) return Malformed("expected the shortest length");
  return length;
}

// X.690 §8.3: two's complement; the first nine bits are not all the same.
Result<ByteSpan> IntegerContent(ByteSpan content) {
  if (content.empty()) return Malformed("INTEGER without content");
  if (content.size() > 1 && (content[0] == 0 || content[0] == 0xFF) && (content[0] >> 7) == (content[1] >> 7)) {
    return Malformed("expected the shortest INTEGER");
  }
  if (content[0] >= 0x80) return Error(ErrorCode::kUnsupported, "DER: expected an INTEGER that is not negative");
  return content[0] == 0 ? content.subspan(1) : content;
}

// X.690 §8.19.2: base 128, no leading 0x80.
Result<std::uint64_t> Arc(ByteReader& reader) {
  std::uint64_t value = 0;
  for (bool first = true;; first = false) {
    const auto byte = TRY_WITH("DER: OID", reader.Be<std::uint8_t>());
    if (first && byte == 0x80) return Malformed("expected the shortest OID arc");
    if (value >> 57 != 0) return Error(ErrorCode::kUnsupported, "DER: OID arc beyond 64 bits");
    value = value << 7 | (byte & 0x7F);
    if (byte < 0x80) return value;
  }
}

void AppendArc(Bytes& out, std::uint64_t value) {
  Bytes reversed = {static_cast<std::uint8_t>(value & 0x7F)};
  for (value >>= 7; value != 0; value >>= 7) reversed.push_back(static_cast<std::uint8_t>(0x80 | (value & 0x7F)));
  out.insert(out.end(), reversed.rbegin(), reversed.rend());
}

}  // namespace

std::optional<DerTag> DerReader::Peek() const {
  if (at_end()) return std::nullopt;
  return static_cast<DerTag>(input_[input_.size() - reader_.left()]);
}

Result<DerElement> DerReader::Next() {
  const std::size_t start = input_.size() - reader_.left();
  const auto tag = TRY_WITH("DER: tag", reader_.Be<std::uint8_t>());
  if ((tag & kHighTagNumber) == kHighTagNumber) {
    return Error(ErrorCode::kUnsupported, "DER: expected a tag number below 31");
  }
  const std::size_t length = TRY_WITH("DER: length", Length(reader_));
  const ByteSpan content = TRY_WITH("DER: content", reader_.Take(length));
  return DerElement{static_cast<DerTag>(tag), content, input_.subspan(start, input_.size() - reader_.left() - start)};
}

Result<DerElement> DerReader::Expect(DerTag tag) {
  if (const auto next = Peek(); next && *next != tag) {
    return Malformed("expected " + TagText(tag) + ", got " + TagText(*next));
  }
  return Next();
}

Result<DerReader> DerReader::Enter(DerTag tag) { return DerReader(TRY(Expect(tag)).content); }

Result<bool> DerReader::Boolean() {
  const ByteSpan content = TRY(Expect(DerTag::kBoolean)).content;
  if (content.size() != 1 || (content[0] != 0 && content[0] != 0xFF)) return Malformed("BOOLEAN is neither 00 nor FF");
  return content[0] != 0;
}

Result<ByteSpan> DerReader::UnsignedInteger() { return IntegerContent(TRY(Expect(DerTag::kInteger)).content); }

Result<std::uint64_t> DerReader::Uint64() {
  const ByteSpan bytes = TRY(UnsignedInteger());
  if (bytes.size() > 8) return Error(ErrorCode::kUnsupported, "DER: INTEGER beyond 64 bits");
  std::uint64_t value = 0;
  for (const std::uint8_t byte : bytes) value = value << 8 | byte;
  return value;
}

Result<ByteSpan> DerReader::OctetString() { return TRY(Expect(DerTag::kOctetString)).content; }

Result<ByteSpan> DerReader::BitString() {
  const ByteSpan content = TRY(Expect(DerTag::kBitString)).content;
  if (content.empty()) return Malformed("BIT STRING without its count of unused bits");
  if (content[0] != 0) return Error(ErrorCode::kUnsupported, "DER: BIT STRING with unused bits");
  return content.subspan(1);
}

Result<std::string> DerReader::Oid() {
  ByteReader content(TRY(Expect(DerTag::kOid)).content);
  // X.690 §8.19.4: the first number is 40 * first arc + second.
  const std::uint64_t first = TRY(Arc(content));
  const std::uint64_t root = std::min<std::uint64_t>(first / 40, 2);
  std::string out = std::to_string(root) + "." + std::to_string(first - 40 * root);
  while (content.left() > 0) out += "." + std::to_string(TRY(Arc(content)));
  return out;
}

Result<std::string> DerReader::Text(DerTag tag) {
  const std::string_view text = AsText(TRY(Expect(tag)).content);
  const bool printable = std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7F; });
  if (tag == DerTag::kUtf8String ? !IsUtf8(text) : !printable) return Malformed("string holds other characters");
  return std::string(text);
}

Bytes DerEncode(DerTag tag, ByteSpan content) {
  Bytes out = {static_cast<std::uint8_t>(tag)};
  Bytes length;
  for (std::size_t left = content.size(); left != 0; left >>= 8)
    length.insert(length.begin(), static_cast<std::uint8_t>(left));
  if (content.size() < 0x80) {
    out.push_back(static_cast<std::uint8_t>(content.size()));
  } else {
    CHECK(length.size() <= kMaxLengthBytes);
    out.push_back(static_cast<std::uint8_t>(0x80 | length.size()));
    out.insert(out.end(), length.begin(), length.end());
  }
  out.insert(out.end(), content.begin(), content.end());
  return out;
}

Bytes DerConstructed(DerTag tag, std::initializer_list<ByteSpan> elements) { return DerEncode(tag, Concat(elements)); }
Bytes DerSequence(std::initializer_list<ByteSpan> elements) { return DerConstructed(DerTag::kSequence, elements); }

Bytes DerInteger(std::uint64_t value) {
  Bytes content;
  for (; value != 0; value >>= 8) content.insert(content.begin(), static_cast<std::uint8_t>(value));
  if (content.empty() || content[0] >= 0x80) content.insert(content.begin(), 0);
  return DerEncode(DerTag::kInteger, content);
}

Bytes DerBoolean(bool value) {
  const std::uint8_t content[] = {static_cast<std::uint8_t>(value ? 0xFF : 0)};
  return DerEncode(DerTag::kBoolean, content);
}

Bytes DerOctetString(ByteSpan content) { return DerEncode(DerTag::kOctetString, content); }
Bytes DerIa5String(std::string_view text) { return DerEncode(DerTag::kIa5String, AsBytes(text)); }

Result<Bytes> DerOid(std::string_view dotted) {
  const Error not_oid(ErrorCode::kUsage, "expected an OID such as 1.2.840, got something else");
  std::vector<std::uint64_t> arcs;
  for (bool more = true; more;) {
    const std::size_t size = std::min(dotted.find('.'), dotted.size());
    std::uint64_t arc = 0;
    const auto [end, error] = std::from_chars(dotted.data(), dotted.data() + size, arc);
    const bool leading_zero = size > 1 && dotted[0] == '0';
    if (error != std::errc() || end != dotted.data() + size || leading_zero) return not_oid;
    arcs.push_back(arc);
    more = size < dotted.size();
    dotted.remove_prefix(more ? size + 1 : size);
  }
  if (arcs.size() < 2 || arcs[0] > 2 || (arcs[0] < 2 && arcs[1] >= 40) || arcs[1] > UINT64_MAX - 80) return not_oid;
  Bytes content;
  AppendArc(content, arcs[0] * 40 + arcs[1]);
  for (std::size_t i = 2; i < arcs.size(); ++i) AppendArc(content, arcs[i]);
  return DerEncode(DerTag::kOid, content);
}

}  // namespace cloister::formats

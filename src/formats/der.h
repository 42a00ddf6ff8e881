// The part of DER (X.690) that certificate extensions and keys need: single-byte tags, definite lengths, strictly the
// one encoding of each value.
#pragma once

#include <initializer_list>
#include <optional>

#include "base/byte_reader.h"

namespace cloister::formats {

// Identifier octets. DerContext(n) is [n], constructed.
enum class DerTag : std::uint8_t {
  kBoolean = 0x01,
  kInteger = 0x02,
  kBitString = 0x03,
  kOctetString = 0x04,
  kNull = 0x05,
  kOid = 0x06,
  kEnumerated = 0x0A,
  kUtf8String = 0x0C,
  kPrintableString = 0x13,
  kIa5String = 0x16,
  kUtcTime = 0x17,
  kGeneralizedTime = 0x18,
  kSequence = 0x30,
  kSet = 0x31,
};
constexpr DerTag DerContext(std::uint8_t number) { return static_cast<DerTag>(0xA0 | number); }

// One element, borrowed from the input: `content` is what its length covers, `encoded` all of it.
struct DerElement {
  DerTag tag;
  ByteSpan content;
  ByteSpan encoded;
};

// Reads elements one after the other; borrows its input. All functions give kMalformed when the next element is
// missing, of another tag, or not DER. Finish() at the end of each level.
class DerReader {
 public:
  explicit DerReader(ByteSpan input) : reader_(input), input_(input) {}

  bool at_end() const { return reader_.left() == 0; }
  // The tag of the next element; none at the end.
  std::optional<DerTag> Peek() const;

  Result<DerElement> Next();
  Result<DerElement> Expect(DerTag tag);
  // A reader of the elements within the next element (kSequence, kSet, DerContext(n)).
  Result<DerReader> Enter(DerTag tag = DerTag::kSequence);

  Result<bool> Boolean();
  // kUnsupported: negative, or more than 64 bits.
  Result<std::uint64_t> Uint64();
  // A non-negative INTEGER of any length, big-endian without leading zeros (empty for 0). kUnsupported: negative.
  Result<ByteSpan> UnsignedInteger();
  Result<ByteSpan> OctetString();
  // kUnsupported: unused bits.
  Result<ByteSpan> BitString();
  // "1.3.6.1.4.1.3704.1.3.1".
  Result<std::string> Oid();
  // ASCII without control characters (IA5String, PrintableString) or UTF-8 (UTF8String).
  Result<std::string> Text(DerTag tag);

  Result<void> Finish() const { return reader_.Finish(); }

 private:
  ByteReader reader_;
  ByteSpan input_;
};

// Writing: each gives one encoded element.
Bytes DerEncode(DerTag tag, ByteSpan content);
// An element around others: DerSequence({DerOid("1.2.3"), DerInteger(5)}).
Bytes DerConstructed(DerTag tag, std::initializer_list<ByteSpan> elements);
Bytes DerSequence(std::initializer_list<ByteSpan> elements);
Bytes DerInteger(std::uint64_t value);
Bytes DerBoolean(bool value);
Bytes DerOctetString(ByteSpan content);
Bytes DerIa5String(std::string_view text);
// kUsage: not an OID.
Result<Bytes> DerOid(std::string_view dotted);

}  // namespace cloister::formats

// The wire format of Protocol Buffers (protobuf.dev/programming-guides/encoding), read strictly: the shortest form of
// each number, no groups, no field of one value twice (where the last would win, what an earlier one says is masked).
#pragma once

#include <initializer_list>
#include <map>
#include <vector>

#include "base/byte_reader.h"

namespace cloister::formats {

inline constexpr std::size_t kMaxProtobuf = std::size_t{16} << 20;  // bytes of one message
inline constexpr std::size_t kMaxProtobufFields = 65536;  // of one message

// The fields of one message; borrows its input. A field inside a field is a message of its own: Parse() its content.
// As in proto3 a field that is absent has the value 0, or no bytes.
class ProtobufMessage {
 public:
  // kMalformed; kLimit: over kMaxProtobuf bytes, or more than kMaxProtobufFields fields; kUnsupported: groups.
  static Result<ProtobufMessage> Parse(ByteSpan input);

  // kUnsupported: there is a field whose number isn't among these. Without this call unknown fields are passed over.
  Result<void> CheckNumbers(std::initializer_list<std::uint32_t> known) const;

  bool Has(std::uint32_t number) const { return fields_.contains(number); }
  // A varint of at most `maximum` (uint32, uint64, bool, enum). kMalformed: it comes twice, is larger, or is no varint.
  Result<std::uint64_t> Number(std::uint32_t number, std::uint64_t maximum) const;
  // bytes, string, or a message. kMalformed: it comes twice, or has no length.
  Result<ByteSpan> Content(std::uint32_t number) const;
  // The same where it may be repeated, in order; of a map, each entry is a message {1: key, 2: value}.
  Result<std::vector<ByteSpan>> Contents(std::uint32_t number) const;

 private:
  enum class Type : std::uint8_t { kVarint = 0, kFixed64 = 1, kContent = 2, kFixed32 = 5 };
  struct Field {
    Type type;
    std::uint64_t number;  // kVarint
    ByteSpan content;      // of the others
  };
  static Result<Field> ReadField(ByteReader& reader, Type type);
  Result<const Field*> FindOne(std::uint32_t number, Type type) const;
  std::map<std::uint32_t, std::vector<Field>> fields_;
};

// Writing: appends one field. Of a number 0, which is left out in proto3, too.
void AppendProtobuf(Bytes& out, std::uint32_t number, std::uint64_t value);
void AppendProtobuf(Bytes& out, std::uint32_t number, ByteSpan content);

}  // namespace cloister::formats

#include "formats/protobuf.h"

#include <algorithm>
#include <string>

namespace cloister::formats {
namespace {

constexpr std::uint64_t kMaximumNumber = (std::uint64_t{1} << 29) - 1;

Result<std::uint64_t> ReadVarint(ByteReader& reader) {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    const auto byte = TRY(reader.Le<std::uint8_t>());
    if (shift == 63 && byte > 1) break;
    value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
    if ((byte & 0x80) != 0) continue;
    if (byte == 0 && shift > 0)
      return Error(ErrorCode::kMalformed, "protobuf: a number that is not in its shortest form");
    return value;
  }
  return Error(ErrorCode::kMalformed, "protobuf: a number of more than 64 bits");
}

void AppendVarint(Bytes& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out.push_back(static_cast<std::uint8_t>(value | 0x80));
  out.push_back(static_cast<std::uint8_t>(value));
}

std::string Named(std::uint32_t number) { return "protobuf: field " + std::to_string(number); }

}  // namespace

Result<ProtobufMessage::Field> ProtobufMessage::ReadField(ByteReader& reader, Type type) {
  Field field{type, 0, {}};
  switch (type) {
    case Type::kVarint:
      field.number = TRY(ReadVarint(reader));
      return field;
    case Type::kFixed64:
      field.content = TRY(reader.Take(8));
      return field;
    case Type::kFixed32:
      field.content = TRY(reader.Take(4));
      return field;
    case Type::kContent: {
      const std::uint64_t size = TRY(ReadVarint(reader));
      if (size > reader.left()) {
        return Error(ErrorCode::kMalformed, "protobuf: a field says " + std::to_string(size) + " bytes, " +
                                                std::to_string(reader.left()) + " left");
      }
      field.content = TRY(reader.Take(static_cast<std::size_t>(size)));
      return field;
    }
  }
  return Error(ErrorCode::kUnsupported, "protobuf: expected a varint, a length or fixed bytes, got a group");
}

Result<ProtobufMessage> ProtobufMessage::Parse(ByteSpan input) {
  if (input.size() > kMaxProtobuf) return Error(ErrorCode::kLimit, "protobuf: over 16 MiB");
  ProtobufMessage message;
  ByteReader reader(input);
  for (std::size_t count = 0; reader.left() > 0; ++count) {
    if (count == kMaxProtobufFields) return Error(ErrorCode::kLimit, "protobuf: more than 65536 fields");
    const std::uint64_t tag = TRY(ReadVarint(reader));
    const std::uint64_t number = tag >> 3;
    if (number == 0 || number > kMaximumNumber)
      return Error(ErrorCode::kMalformed, "protobuf: a field number out of range");
    const Field field = TRY(ReadField(reader, static_cast<Type>(tag & 7)));
    message.fields_[static_cast<std::uint32_t>(number)].push_back(field);
  }
  return message;
}

Result<void> ProtobufMessage::CheckNumbers(std::initializer_list<std::uint32_t> known) const {
  for (const auto& [number, fields] : fields_) {
    if (std::find(known.begin(), known.end(), number) == known.end()) {
      return Error(ErrorCode::kUnsupported, Named(number) + " is not known");
    }
  }
  return {};
}

Result<const ProtobufMessage::Field*> ProtobufMessage::FindOne(std::uint32_t number, Type type) const {
  const auto found = fields_.find(number);
  if (found == fields_.end()) return static_cast<const Field*>(nullptr);
  if (found->second.size() != 1) return Error(ErrorCode::kMalformed, Named(number) + " comes more than once");
  if (found->second[0].type != type)
    return Error(ErrorCode::kMalformed, Named(number) + " is of another type than expected");
  return &found->second[0];
}

Result<std::uint64_t> ProtobufMessage::Number(std::uint32_t number, std::uint64_t maximum) const {
  const Field* field = TRY(FindOne(number, Type::kVarint));
  const std::uint64_t value = field == nullptr ? 0 : field->number;
  if (value > maximum)
    return Error(ErrorCode::kMalformed, Named(number) + ": expected at most " + std::to_string(maximum));
  return value;
}

Result<ByteSpan> ProtobufMessage::Content(std::uint32_t number) const {
  const Field* field = TRY(FindOne(number, Type::kContent));
  return field == nullptr ? ByteSpan() : field->content;
}

Result<std::vector<ByteSpan>> ProtobufMessage::Contents(std::uint32_t number) const {
  std::vector<ByteSpan> contents;
  const auto found = fields_.find(number);
  if (found == fields_.end()) return contents;
  for (const Field& field : found->second) {
    if (field.type != Type::kContent)
      return Error(ErrorCode::kMalformed, Named(number) + " is of another type than expected");
    contents.push_back(field.content);
  }
  return contents;
}

void AppendProtobuf(Bytes& out, std::uint32_t number, std::uint64_t value) {
  AppendVarint(out, std::uint64_t{number} << 3);
  AppendVarint(out, value);
}

void AppendProtobuf(Bytes& out, std::uint32_t number, ByteSpan content) {
  AppendVarint(out, std::uint64_t{number} << 3 | 2);
  AppendVarint(out, content.size());
  out.insert(out.end(), content.begin(), content.end());
}

}  // namespace cloister::formats

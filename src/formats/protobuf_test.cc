#include "formats/protobuf.h"

#include <gtest/gtest.h>

namespace cloister::formats {
namespace {

constexpr std::uint64_t kAny = ~std::uint64_t{0};

ErrorCode CodeOf(const Bytes& input) {
  const auto message = ProtobufMessage::Parse(input);
  return message ? ErrorCode::kInternal : message.error().code();
}

TEST(Protobuf, RefusesNumbersThatAreNotShortest) {
  EXPECT_EQ(CodeOf({0x08, 0x80, 0x00}), ErrorCode::kMalformed);
  EXPECT_EQ(CodeOf({0x08, 0x81, 0x80, 0x00}), ErrorCode::kMalformed);
  EXPECT_EQ(CodeOf({0x88, 0x00, 0x01}), ErrorCode::kMalformed);  // the field's number
}

TEST(Protobuf, RefusesNumbersOfMoreThan64Bits) {
  Bytes most = {0x08};
  most.insert(most.end(), 9, 0xFF);
  most.push_back(0x01);
  EXPECT_EQ(*ProtobufMessage::Parse(most)->Number(1, kAny), kAny);
  most.back() = 0x02;
  EXPECT_EQ(CodeOf(most), ErrorCode::kMalformed);
  most.back() = 0x81;
  most.push_back(0x01);
  EXPECT_EQ(CodeOf(most), ErrorCode::kMalformed);
}

TEST(Protobuf, RefusesLengthsBeyondTheEndAndEveryCut) {
  EXPECT_EQ(CodeOf({0x0A, 0x02, 'a'}), ErrorCode::kMalformed);
  EXPECT_EQ(CodeOf({0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01}), ErrorCode::kMalformed);
  Bytes whole;
  AppendProtobuf(whole, 300, std::uint64_t{300});
  for (std::size_t size = 1; size < whole.size(); ++size) {
    EXPECT_EQ(CodeOf(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size))), ErrorCode::kMalformed)
        << size;
  }
}

TEST(Protobuf, RefusesGroupsAndFieldZero) {
  EXPECT_EQ(CodeOf({0x0B, 0x0C}), ErrorCode::kUnsupported);
  EXPECT_EQ(CodeOf({0x0E}), ErrorCode::kUnsupported);
  EXPECT_EQ(CodeOf({0x00, 0x01}), ErrorCode::kMalformed);
}

TEST(Protobuf, RefusesASecondValueThatWouldMaskTheFirst) {
  Bytes twice;
  AppendProtobuf(twice, 1, std::uint64_t{1});
  AppendProtobuf(twice, 1, std::uint64_t{2});
  AppendProtobuf(twice, 2, ToBytes("a"));
  AppendProtobuf(twice, 2, ToBytes("b"));
  const auto message = ProtobufMessage::Parse(twice);
  ASSERT_TRUE(message);
  EXPECT_EQ(message->Number(1, kAny).error().code(), ErrorCode::kMalformed);
  EXPECT_EQ(message->Content(2).error().code(), ErrorCode::kMalformed);
  EXPECT_EQ(message->Contents(2)->size(), 2u);
}

TEST(Protobuf, RefusesAnotherTypeAndNumbersTooLarge) {
  const Bytes input = {0x08, 0x05, 0x12, 0x01, 'x', 0x1D, 1, 2, 3, 4, 0x21, 1, 2, 3, 4, 5, 6, 7, 8};
  const auto message = ProtobufMessage::Parse(input);
  ASSERT_TRUE(message) << message.error().ToText();
  EXPECT_EQ(message->Content(1).error().code(), ErrorCode::kMalformed);
  EXPECT_EQ(message->Contents(1).error().code(), ErrorCode::kMalformed);
  EXPECT_EQ(message->Number(2, kAny).error().code(), ErrorCode::kMalformed);
  EXPECT_EQ(message->Number(3, kAny).error().code(), ErrorCode::kMalformed);
  EXPECT_EQ(message->Content(4).error().code(), ErrorCode::kMalformed);
  EXPECT_EQ(message->Number(1, 4).error().code(), ErrorCode::kMalformed);
  EXPECT_EQ(*message->Number(1, 5), 5u);
}

TEST(Protobuf, RefusesUnknownFieldsWhereThatIsSaid) {
  Bytes input;
  AppendProtobuf(input, 1, std::uint64_t{150});
  AppendProtobuf(input, 9, ToBytes("new"));
  const auto message = ProtobufMessage::Parse(input);
  ASSERT_TRUE(message);
  EXPECT_EQ(message->CheckNumbers({1, 2}).error().code(), ErrorCode::kUnsupported);
  EXPECT_TRUE(message->CheckNumbers({1, 9}));
  EXPECT_EQ(*message->Number(1, kAny), 150u);
  EXPECT_EQ(*message->Number(2, kAny), 0u);
  EXPECT_TRUE(message->Content(2)->empty());
  EXPECT_TRUE(message->Contents(2)->empty());
}

TEST(Protobuf, RefusesMoreFieldsThanItsLimit) {
  Bytes many;
  for (std::size_t i = 0; i <= kMaxProtobufFields; ++i) AppendProtobuf(many, 1, std::uint64_t{0});
  EXPECT_EQ(CodeOf(many), ErrorCode::kLimit);
  EXPECT_EQ(CodeOf(Bytes(kMaxProtobuf + 1)), ErrorCode::kLimit);
}

// The examples of the format's documentation.
TEST(Protobuf, WritesAndReadsTheDocumentedExamples) {
  Bytes number;
  AppendProtobuf(number, 1, std::uint64_t{150});
  EXPECT_EQ(ToHex(number), "089601");
  Bytes text;
  AppendProtobuf(text, 2, AsBytes(std::string_view("testing")));
  EXPECT_EQ(ToHex(text), "120774657374696e67");
  EXPECT_EQ(AsText(*ProtobufMessage::Parse(text)->Content(2)), "testing");
}

}  // namespace
}  // namespace cloister::formats

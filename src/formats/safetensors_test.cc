#include "formats/safetensors.h"

#include <gtest/gtest.h>

#include "base/byte_reader.h"
#include "base/file.h"

namespace cloister::formats {
namespace {

Bytes File(std::string_view header, std::size_t data_size) {
  Bytes out;
  AppendLe(out, std::uint64_t{header.size()});
  out.insert(out.end(), header.begin(), header.end());
  out.resize(out.size() + data_size);
  return out;
}

ErrorCode Refusal(std::string_view header, std::size_t data_size, const SafetensorsLimits& limits = {}) {
  const auto read = ReadSafetensors(File(header, data_size), limits);
  EXPECT_FALSE(read) << header;
  return read ? ErrorCode::kInternal : read.error().code();
}

constexpr const char* kGood =
    R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"U8","shape":[],"data_offsets":[8,9]}})";

TEST(Safetensors, RefusesGapsOverlapsAndWrongSizes) {
  EXPECT_TRUE(ReadSafetensors(File(kGood, 9)));
  EXPECT_EQ(Refusal(kGood, 8), ErrorCode::kMalformed);
  EXPECT_EQ(Refusal(kGood, 10), ErrorCode::kMalformed);
  for (
      const char* bad :
      {R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[3,7]}})",
       R"({"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]},"b":{"dtype":"U8","shape":[3],"data_offsets":[4,7]}})",
       R"({"a":{"dtype":"U8","shape":[6],"data_offsets":[1,7]}})",
       R"({"a":{"dtype":"U8","shape":[8],"data_offsets":[0,7]}})",
       R"({"a":{"dtype":"U8","shape":[7],"data_offsets":[7,0]}})",
       R"({"a":{"dtype":"U8","shape":[-7],"data_offsets":[0,7]}})",
       R"({"a":{"dtype":"U8","shape":[7.0],"data_offsets":[0,7]}})",
       R"({"a":{"dtype":"U8","shape":[7],"data_offsets":[0]}})",
       R"({"a":{"dtype":"U8","shape":[7],"data_offsets":[0,7],"x":1}})", R"({"a":{"dtype":"U8","shape":[7]}})",
       R"({"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}})",
       R"({"__metadata__":{"a":1},"a":{"dtype":"U8","shape":[7],"data_offsets":[0,7]}})",
       R"( {"a":{"dtype":"U8","shape":[7],"data_offsets":[0,7]}})", R"([])",
       R"({"a":{"dtype":"U8","shape":[7],"data_offsets":[0,7]},"a":{"dtype":"U8","shape":[0],"data_offsets":[7,7]}})"}) {
    EXPECT_EQ(Refusal(bad, 7), ErrorCode::kMalformed) << bad;
  }
}

TEST(Safetensors, RefusesOtherTypesAndMoreThanItsLimits) {
  EXPECT_EQ(Refusal(R"({"a":{"dtype":"BF16","shape":[1],"data_offsets":[0,2]}})", 2), ErrorCode::kUnsupported);
  EXPECT_EQ(Refusal(kGood, 9, {.max_header_bytes = 10}), ErrorCode::kLimit);
  EXPECT_EQ(Refusal(kGood, 9, {.max_tensors = 1}), ErrorCode::kLimit);
  EXPECT_EQ(Refusal(kGood, 9, {.max_dimensions = 0}), ErrorCode::kLimit);
  EXPECT_EQ(ReadSafetensors(*FromHex("ffffffffffffffff7b7d")).error().code(), ErrorCode::kLimit);
}

TEST(Safetensors, RefusesAFileCutAtAnyByte) {
  const Bytes file = File(kGood, 9);
  for (std::size_t size = 0; size < file.size(); ++size) {
    EXPECT_FALSE(ReadSafetensors(ByteSpan(file).first(size))) << size;
  }
}

TEST(Safetensors, ReadsAndRewritesTheReferenceLibrarysFile) {
  const Bytes file = *ReadFile(CLOISTER_TESTDATA_DIR "/safetensors/reference.safetensors", 10000);
  const auto read = ReadSafetensors(file);
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(read->metadata.at("made by"), "safetensors");
  EXPECT_EQ(*TensorF32(*read->Find("linear.weight")), (std::vector<float>{0, 0.25, 0.5, 0.75, 1, 1.25}));
  EXPECT_EQ(read->Find("linear.weight")->shape, (std::vector<std::uint64_t>{2, 3}));
  EXPECT_EQ(*TensorF64(*read->Find("linear.bias")), (std::vector<double>{1.5, -2.0, 1e-300}));
  EXPECT_EQ(*TensorI64(*read->Find("steps")), std::vector<std::int64_t>{-7});
  EXPECT_EQ(ToHex(read->Find("mask")->data), "0001ff");
  EXPECT_TRUE(read->Find("empty")->data.empty());
  EXPECT_EQ(read->Find("absent"), nullptr);
  EXPECT_EQ(TensorF32(*read->Find("mask")).error().code(), ErrorCode::kMismatch);

  const Bytes written = *WriteSafetensors(read->tensors, read->metadata);
  const auto again = ReadSafetensors(written);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->metadata, read->metadata);
  ASSERT_EQ(again->tensors.size(), read->tensors.size());
  for (const Tensor& tensor : again->tensors) EXPECT_TRUE(Equal(tensor.data, read->Find(tensor.name)->data));
  EXPECT_EQ(*WriteSafetensors(again->tensors, again->metadata), written);
}

TEST(Safetensors, WritesAlignedAndRefusesWhatDoesNotFit) {
  const std::vector<float> weights = {1, 2};
  const Tensor tensor{"w", TensorType::kF32, {2}, TensorData(weights)};
  const Bytes file = *WriteSafetensors(std::vector{tensor}, {});
  EXPECT_EQ((file.size() - 8) % 8, 0u);
  Tensor wrong = tensor;
  wrong.shape = {3};
  EXPECT_EQ(WriteSafetensors(std::vector{wrong}, {}).error().code(), ErrorCode::kUsage);
  EXPECT_EQ(WriteSafetensors(std::vector{tensor, tensor}, {}).error().code(), ErrorCode::kUsage);
  wrong = tensor;
  wrong.name = "__metadata__";
  EXPECT_EQ(WriteSafetensors(std::vector{wrong}, {}).error().code(), ErrorCode::kUsage);
}

}  // namespace
}  // namespace cloister::formats

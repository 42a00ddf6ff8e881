// safetensors files: named tensors (huggingface/safetensors, README "Format"): u64 little-endian header size, JSON
// header, then the data without gaps.
#pragma once

#include <map>
#include <span>

#include "base/bytes.h"

namespace cloister::formats {

enum class TensorType { kF32, kF64, kI64, kU8 };

// Bytes in one element: 4, 8, 8, 1.
std::size_t TensorElementSize(TensorType type);

// A tensor over borrowed data: elements little-endian, the last dimension runs fastest. An empty shape is one element.
struct Tensor {
  std::string name;
  TensorType type;
  std::vector<std::uint64_t> shape;
  ByteSpan data;
};

struct Safetensors {
  std::vector<Tensor> tensors;  // in the order of their data
  std::map<std::string, std::string> metadata;

  // Null pointer: no such tensor.
  const Tensor* Find(std::string_view name) const;
};

struct SafetensorsLimits {
  std::size_t max_header_bytes = std::size_t{8} << 20;
  std::size_t max_tensors = 100'000;
  std::size_t max_dimensions = 8;
};

// Reads all of `file`; tensors borrow from it. Success proves that every tensor's size is that of type and shape, and
// that the tensors cover the data exactly, without gap or overlap. kMalformed; kUnsupported: another dtype; kLimit.
Result<Safetensors> ReadSafetensors(ByteSpan file, const SafetensorsLimits& limits = {});

// Writes tensors, largest element first and then by name (as the reference library does), the header padded so that the
// data starts at a multiple of 8. The same tensors give the same bytes.
// kUsage: two of one name, a name that is not UTF-8 or "__metadata__", data that does not fit type and shape.
Result<Bytes> WriteSafetensors(std::span<const Tensor> tensors, const std::map<std::string, std::string>& metadata);

// The elements, copied out. kMismatch: the tensor has another type.
Result<std::vector<float>> TensorF32(const Tensor& tensor);
Result<std::vector<double>> TensorF64(const Tensor& tensor);
Result<std::vector<std::int64_t>> TensorI64(const Tensor& tensor);

// Elements as a tensor's data, borrowed.
ByteSpan TensorData(std::span<const float> elements);
ByteSpan TensorData(std::span<const double> elements);
ByteSpan TensorData(std::span<const std::int64_t> elements);

}  // namespace cloister::formats

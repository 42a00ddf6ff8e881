#include "formats/safetensors.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <set>
#include <tuple>

#include "base/byte_reader.h"
#include "formats/json.h"
#include "formats/utf8.h"

namespace cloister::formats {
namespace {

static_assert(std::endian::native == std::endian::little, "tensor data is taken as it lies in memory");

constexpr std::string_view kMetadata = "__metadata__";
constexpr std::size_t kLengthSize = 8;
constexpr std::size_t kHeaderDepth = 3;  // {name: {shape: []}}

struct TypeName {
  TensorType type;
  std::string_view name;
};
constexpr TypeName kTypeNames[] = {
    {TensorType::kF32, "F32"}, {TensorType::kF64, "F64"}, {TensorType::kI64, "I64"}, {TensorType::kU8, "U8"}};

Error Malformed(const std::string& message) { return Error(ErrorCode::kMalformed, "safetensors: " + message); }

Result<TensorType> ParseType(std::string_view name) {
  for (const TypeName& known : kTypeNames) {
    if (known.name == name) return known.type;
  }
  return Error(ErrorCode::kUnsupported, "safetensors: expected dtype F32, F64, I64 or U8, got another");
}

std::string_view NameOf(TensorType type) {
  for (const TypeName& known : kTypeNames) {
    if (known.type == type) return known.name;
  }
  return "";
}

// Bytes of a tensor; none if that overflows.
std::optional<std::uint64_t> ByteSize(TensorType type, std::span<const std::uint64_t> shape) {
  std::uint64_t size = TensorElementSize(type);
  for (const std::uint64_t dimension : shape) {
    if (__builtin_mul_overflow(size, dimension, &size)) return std::nullopt;
  }
  return size;
}

Result<std::vector<std::uint64_t>> Sizes(const Json& entry, std::string_view key, std::size_t most) {
  const Json::Array& array = *TRY(entry.GetArray(key));
  if (array.size() > most) {
    return Error(ErrorCode::kLimit, "safetensors: " + std::string(key) + ": expected at most " + std::to_string(most) +
                                        " elements, got " + std::to_string(array.size()));
  }
  std::vector<std::uint64_t> out;
  for (const Json& element : array) {
    const std::int64_t value = TRY_WITH(key, element.AsInt());
    if (value < 0) return Malformed(std::string(key) + ": expected no negative number");
    out.push_back(static_cast<std::uint64_t>(value));
  }
  return out;
}

struct Placed {
  Tensor tensor;
  std::uint64_t begin;
  std::uint64_t end;
};

Result<Placed> ParseEntry(const std::string& name, const Json& entry, ByteSpan data, const SafetensorsLimits& limits) {
  TRY(entry.RefuseUnknownMembers({"dtype", "shape", "data_offsets"}));
  const std::string type = TRY_WITH("safetensors", entry.GetString("dtype"));
  const TensorType element = TRY(ParseType(type));
  std::vector<std::uint64_t> shape = TRY(Sizes(entry, "shape", limits.max_dimensions));
  Tensor tensor{name, element, std::move(shape), {}};
  const std::vector<std::uint64_t> offsets = TRY(Sizes(entry, "data_offsets", 2));
  if (offsets.size() != 2) return Malformed("data_offsets: expected begin and end");
  const auto size = ByteSize(tensor.type, tensor.shape);
  if (offsets[0] > offsets[1] || offsets[1] > data.size() || size != offsets[1] - offsets[0]) {
    return Malformed("data_offsets do not fit dtype, shape and data");
  }
  tensor.data = data.subspan(offsets[0], offsets[1] - offsets[0]);
  return Placed{std::move(tensor), offsets[0], offsets[1]};
}

Result<Json> ParseHeader(ByteReader& reader, const SafetensorsLimits& limits) {
  const auto size = TRY_WITH("safetensors: header size", reader.Le<std::uint64_t>());
  if (size > limits.max_header_bytes) {
    return Error(ErrorCode::kLimit, "safetensors: expected a header of at most " +
                                        std::to_string(limits.max_header_bytes) + " bytes, got " +
                                        std::to_string(size));
  }
  const std::string_view text = AsText(TRY_WITH("safetensors: header", reader.Take(size)));
  if (!text.starts_with('{')) return Malformed("expected the header to start with '{'");
  return TRY_WITH("safetensors: header", Json::Parse(text, {.max_bytes = text.size(), .max_depth = kHeaderDepth}));
}

template <class T>
Result<std::vector<T>> Elements(const Tensor& tensor, TensorType type) {
  if (tensor.type != type) {
    return Error(ErrorCode::kMismatch,
                 "tensor: expected " + std::string(NameOf(type)) + ", got " + std::string(NameOf(tensor.type)));
  }
  CHECK(tensor.data.size() % sizeof(T) == 0);
  std::vector<T> out(tensor.data.size() / sizeof(T));
  if (!out.empty()) std::memcpy(out.data(), tensor.data.data(), tensor.data.size());
  return out;
}

template <class T>
ByteSpan ElementBytes(std::span<const T> elements) {
  return {reinterpret_cast<const std::uint8_t*>(elements.data()), elements.size_bytes()};
}

Result<void> CheckForWriting(std::span<const Tensor> tensors) {
  std::set<std::string_view> names;
  for (const Tensor& tensor : tensors) {
    if (tensor.name == kMetadata || !IsUtf8(tensor.name) || !names.insert(tensor.name).second) {
      return Error(ErrorCode::kUsage, "safetensors: expected each tensor to have its own name, in UTF-8");
    }
    if (ByteSize(tensor.type, tensor.shape) != tensor.data.size()) {
      return Error(ErrorCode::kUsage, "safetensors: data of " + std::to_string(tensor.data.size()) +
                                          " bytes does not fit dtype and shape");
    }
  }
  return {};
}

std::string WriteHeader(const std::vector<const Tensor*>& ordered, const std::map<std::string, std::string>& metadata) {
  Json header = Json::Object();
  if (!metadata.empty()) {
    Json& members = header.Set(kMetadata, Json::Object());
    for (const auto& [key, value] : metadata) members.Set(key, value);
  }
  std::size_t offset = 0;
  for (const Tensor* tensor : ordered) {
    Json shape = Json::Array();
    for (const std::uint64_t dimension : tensor->shape) shape.Push(dimension);
    const std::size_t end = offset + tensor->data.size();
    header.Set(tensor->name, Json::Object{{"dtype", NameOf(tensor->type)},
                                          {"shape", std::move(shape)},
                                          {"data_offsets", Json::Array{offset, end}}});
    offset = end;
  }
  std::string text = header.Dump();
  text.append((kLengthSize - text.size() % kLengthSize) % kLengthSize, ' ');
  return text;
}

}  // namespace

std::size_t TensorElementSize(TensorType type) {
  switch (type) {
    case TensorType::kF32:
      return 4;
    case TensorType::kF64:
    case TensorType::kI64:
      return 8;
    case TensorType::kU8:
      return 1;
  }
  return 0;
}

const Tensor* Safetensors::Find(std::string_view name) const {
  const auto found =
      std::find_if(tensors.begin(), tensors.end(), [&](const Tensor& tensor) { return tensor.name == name; });
  return found == tensors.end() ? nullptr : &*found;
}

Result<Safetensors> ReadSafetensors(ByteSpan file, const SafetensorsLimits& limits) {
  ByteReader reader(file);
  const Json header = TRY(ParseHeader(reader, limits));
  const ByteSpan data = TRY(reader.Take(reader.left()));
  Safetensors out;
  std::vector<Placed> placed;
  for (const auto& [name, entry] : *TRY(header.AsObject())) {
    if (name == kMetadata) {
      for (const auto& [key, value] : *TRY_WITH("safetensors: metadata", entry.AsObject())) {
        out.metadata[key] = TRY_WITH("safetensors: metadata", value.AsString());
      }
    } else if (placed.size() == limits.max_tensors) {
      return Error(ErrorCode::kLimit,
                   "safetensors: expected at most " + std::to_string(limits.max_tensors) + " tensors");
    } else {
      placed.push_back(TRY(ParseEntry(name, entry, data, limits)));
    }
  }
  std::sort(placed.begin(), placed.end(), [](const Placed& a, const Placed& b) {
    return std::tie(a.begin, a.end, a.tensor.name) < std::tie(b.begin, b.end, b.tensor.name);
  });
  std::uint64_t expected = 0;
  for (Placed& next : placed) {
    if (next.begin != expected) return Malformed("expected tensor data without gap or overlap");
    expected = next.end;
    out.tensors.push_back(std::move(next.tensor));
  }
  if (expected != data.size()) return Malformed(std::to_string(data.size() - expected) + " trailing bytes");
  return out;
}

Result<Bytes> WriteSafetensors(std::span<const Tensor> tensors, const std::map<std::string, std::string>& metadata) {
  TRY(CheckForWriting(tensors));
  std::vector<const Tensor*> ordered;
  std::size_t size = 0;
  for (const Tensor& tensor : tensors) {
    ordered.push_back(&tensor);
    size += tensor.data.size();
  }
  std::sort(ordered.begin(), ordered.end(), [](const Tensor* a, const Tensor* b) {
    const auto rank = [](const Tensor* tensor) { return ~TensorElementSize(tensor->type); };
    return std::pair(rank(a), std::string_view(a->name)) < std::pair(rank(b), std::string_view(b->name));
  });
  const std::string header = WriteHeader(ordered, metadata);
  Bytes out;
  out.reserve(kLengthSize + header.size() + size);
  AppendLe(out, std::uint64_t{header.size()});
  out.insert(out.end(), header.begin(), header.end());
  for (const Tensor* tensor : ordered) out.insert(out.end(), tensor->data.begin(), tensor->data.end());
  return out;
}

Result<std::vector<float>> TensorF32(const Tensor& tensor) { return Elements<float>(tensor, TensorType::kF32); }
Result<std::vector<double>> TensorF64(const Tensor& tensor) { return Elements<double>(tensor, TensorType::kF64); }
Result<std::vector<std::int64_t>> TensorI64(const Tensor& tensor) {
  return Elements<std::int64_t>(tensor, TensorType::kI64);
}

ByteSpan TensorData(std::span<const float> elements) { return ElementBytes(elements); }
ByteSpan TensorData(std::span<const double> elements) { return ElementBytes(elements); }
ByteSpan TensorData(std::span<const std::int64_t> elements) { return ElementBytes(elements); }

}  // namespace cloister::formats

#include "formats/safetensors.h"

using namespace cloister;

// What was read can be written, and then reads the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto read = formats::ReadSafetensors({data, size});
  if (!read) return 0;
  const auto written = formats::WriteSafetensors(read->tensors, read->metadata);
  CHECK(written.has_value());
  const auto again = formats::ReadSafetensors(*written);
  CHECK(again && again->metadata == read->metadata && again->tensors.size() == read->tensors.size());
  return 0;
}

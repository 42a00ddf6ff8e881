// A message that is read, written again field by field, is read as the same.
#include "formats/protobuf.h"

#include "base/check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cloister;
  const auto message = formats::ProtobufMessage::Parse({data, size});
  if (!message) return 0;
  for (std::uint32_t number = 1; number < 16; ++number) {
    if (const auto value = message->Number(number, ~std::uint64_t{0}); value && message->Has(number)) {
      Bytes written;
      formats::AppendProtobuf(written, number, *value);
      CHECK(*formats::ProtobufMessage::Parse(written)->Number(number, *value) == *value);
    }
    if (const auto content = message->Content(number)) {
      Bytes written;
      formats::AppendProtobuf(written, number, *content);
      CHECK(Equal(*formats::ProtobufMessage::Parse(written)->Content(number), *content));
    }
  }
  return 0;
}

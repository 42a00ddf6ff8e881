// TOML from outside (init-data, which anybody may show to a broker): read or refused, and read only what JSON can carry.
#include "formats/toml.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cloister;
  const auto toml = formats::ParseToml(AsText({data, size}), {.max_bytes = 1u << 20, .max_depth = 16});
  if (!toml) return 0;
  CHECK(toml->is_object());
  CHECK(*formats::Json::Parse(toml->Dump()) == *toml);
  return 0;
}

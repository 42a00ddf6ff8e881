#include "formats/json.h"

using cloister::formats::Json;

// What was read comes back the same after writing, in every form.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto json = Json::Parse(cloister::AsText({data, size}));
  if (!json) return 0;
  CHECK(*Json::Parse(json->Dump()) == *json);
  CHECK(*Json::Parse(json->Pretty(), {.max_bytes = std::size_t{1} << 28}) == *json);
  const auto canonical = json->Canonical();
  if (canonical) CHECK(*Json::Parse(*canonical)->Canonical() == *canonical);
  return 0;
}

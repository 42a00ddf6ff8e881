// A store's index: what is taken is written again as the same list.
#include "collateral/index.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cloister;
  const auto index = collateral::Index::Parse(AsText({data, size}));
  if (!index) return 0;
  const auto again = collateral::Index::Parse(index->ToText());
  CHECK(again.has_value() && again->entries == index->entries && again->imports == index->imports);
  return 0;
}

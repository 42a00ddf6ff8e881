// What parses is the same after it was written and read again.
#include "base/check.h"
#include "evidence/intel/pck.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cloister;
  const ByteSpan input(data, size);
  if (const auto certificate = crypto::Certificate::ParseDer(input))
    (void)evidence::ReadPckFromUnverified(*certificate);
  const auto pck = evidence::ParsePckExtension(input);
  if (!pck) return 0;
  const auto again = evidence::ParsePckExtension(evidence::SerializePckExtension(*pck));
  CHECK(again.has_value() && *again == *pck);
  return 0;
}

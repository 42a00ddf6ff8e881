// Whatever parses is written back to the same bytes, and a buffer that starts with a report gives the same one.
#include "evidence/nvidia/report.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cloister;
  const ByteSpan input(data, size);
  if (const auto report = evidence::ParseNvidiaReport(input)) {
    CHECK(Equal(evidence::SerializeNvidiaReport(*report), input));
    (void)evidence::ReadNvidiaDeviceInfo(*report);
  }
  if (const auto start = evidence::NvidiaReportInBuffer(input)) CHECK(evidence::ParseNvidiaReport(*start).has_value());
  return 0;
}

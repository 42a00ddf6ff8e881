// Whatever parses is written back to the same bytes.
#include "evidence/azure/hcl_report.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cloister;
  const ByteSpan input(data, size);
  const auto report = evidence::ParseHclReport(input);
  if (!report) {
    (void)evidence::ParseHclRuntimeData(input);
    return 0;
  }
  CHECK(Equal(evidence::SerializeHclReport(*report, size), input));
  const auto runtime_data = evidence::ParseHclRuntimeData(report->runtime_data);
  CHECK(!runtime_data || runtime_data->vm_configuration.is_object());
  return 0;
}

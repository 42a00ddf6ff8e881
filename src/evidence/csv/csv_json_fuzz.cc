// Whatever is read says that nothing was checked.
#include "evidence/csv/report.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cloister;
  const ByteSpan input(data, size);
  const auto json = formats::Json::Parse(AsText(input));
  if (!json) return 0;
  if (const auto read = evidence::UnverifiedCsv::Read(*json, evidence::CsvCheck::kNothing)) {
    CHECK(*read->Claims().GetString("signature") == "not_checked");
  }
  CHECK(!evidence::UnverifiedCsv::Read(*json, evidence::CsvCheck::kSignatures));
  return 0;
}

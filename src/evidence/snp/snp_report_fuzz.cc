// Whatever parses is written back to the same bytes, and through the JSON form too.
#include "base/check.h"
#include "evidence/snp/certificate_table.h"
#include "evidence/snp/json.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cloister;
  const ByteSpan input(data, size);
  if (const auto report = evidence::ParseSnpReport(input)) {
    CHECK(Equal(evidence::SerializeSnpReport(*report), input));
    if (const auto json = evidence::SnpEvidenceToJson({ToBytes(input), {}})) {
      const auto back = evidence::SnpEvidenceFromJson(*json);
      CHECK(back.has_value());
      CHECK(Equal(back->report, input));
    }
  }
  if (const auto table = evidence::ParseSnpCertificateTable(input)) {
    const Bytes written = evidence::SerializeSnpCertificateTable(*table);
    CHECK(*evidence::ParseSnpCertificateTable(written) == *table);
  }
  return 0;
}

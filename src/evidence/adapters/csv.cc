#include "evidence/csv/report.h"

#include "evidence/internal/adapters.h"

namespace cloister::evidence::internal {

using formats::Json;

bool IsCsv(ByteSpan, const Json* json) {
  return json != nullptr && json->Find("attestation_report") != nullptr && json->Find("serial_number") != nullptr;
}

Result<std::vector<PartFindings>> VerifyCsvPart(const VerifyInput& input) {
  const Json json = TRY_WITH("CSV evidence", Json::Parse(AsText(input.part.content), {.max_bytes = kMaxEvidence, .max_depth = 16}));
  TRY(UnverifiedCsv::Read(json, CsvCheck::kSignatures));
  return Error(ErrorCode::kUnsupported, "CSV evidence: expected a kind whose signatures are checked here, SM2 is not");
}

Result<Json> DescribeCsv(const EvidencePart& part) {
  const Json json = TRY_WITH("CSV evidence", Json::Parse(AsText(part.content), {.max_bytes = kMaxEvidence, .max_depth = 16}));
  return TRY(UnverifiedCsv::Read(json, CsvCheck::kNothing)).Claims();
}

}  // namespace cloister::evidence::internal

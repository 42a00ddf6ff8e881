#include "evidence/conformance/case.h"
#include "evidence/csv/report.h"

namespace cloister::evidence {

Result<CaseAnswer> RunCsv(const Case& loaded) {
  const Bytes& evidence = *TRY(loaded.File("evidence"));
  const formats::Json json = TRY(formats::Json::Parse(AsText(evidence)));
  // Whatever is asked beyond reading is refused.
  const auto check = loaded.mode == "parse_only" ? CsvCheck::kNothing : CsvCheck::kSignatures;
  const UnverifiedCsv read = TRY(UnverifiedCsv::Read(json, check));
  CaseAnswer answer;
  answer.claims = read.Claims();
  answer.note = "signatures were not checked";
  return answer;
}

}  // namespace cloister::evidence

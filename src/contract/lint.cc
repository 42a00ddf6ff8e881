#include "contract/lint.h"

#include <algorithm>

#include "contract/internal/lint_walk.h"

namespace cloister::contract {

using namespace internal;

std::string_view SeverityName(Severity severity) {
  switch (severity) {
    case Severity::kNote:
      return "note";
    case Severity::kWarning:
      return "warning";
    case Severity::kError:
      return "error";
  }
  CHECK(false);
}

bool LintReport::CanBecomeActive() const { return Count(Severity::kError) == 0; }

std::size_t LintReport::Count(Severity severity) const {
  return static_cast<std::size_t>(
      std::count_if(findings.begin(), findings.end(), [severity](const Finding& f) { return f.severity == severity; }));
}

std::string LintReport::ToText() const {
  std::string out;
  for (const Finding& finding : findings) {
    out += std::string(SeverityName(finding.severity)) + " at " +
           (finding.pointer.empty() ? "the contract" : finding.pointer) + "\n  expected: " + finding.expected +
           "\n  found:    " + finding.found + "\n  do:       " + finding.advice + "\n";
  }
  out += std::to_string(Count(Severity::kError)) + " errors, " + std::to_string(Count(Severity::kWarning)) +
         " warnings, " + std::to_string(Count(Severity::kNote)) + " notes. " +
         (CanBecomeActive() ? "The contract can become active.\n" : "The contract cannot become active.\n");
  return out;
}

formats::Json LintReport::ToJson() const {
  formats::Json::Array items;
  for (const Finding& finding : findings) {
    items.push_back(formats::Json::Object{{"severity", SeverityName(finding.severity)},
                                          {"pointer", finding.pointer},
                                          {"expected", finding.expected},
                                          {"found", finding.found},
                                          {"advice", finding.advice}});
  }
  return formats::Json::Object{
      {"schema_version", schema_version}, {"can_become_active", CanBecomeActive()}, {"findings", std::move(items)}};
}

LintReport Lint(std::string_view text, Time now) {
  Walk walk;
  LintReport report;
  const Result<formats::Json> json = formats::Json::Parse(text, {.max_bytes = Contract::kMaxBytes, .max_depth = 32});
  if (!json) {
    walk.Error("", "one JSON document of at most 262144 bytes", json.error().message(), "Correct the JSON.");
  } else if (!json->is_object()) {
    walk.Error("", "an object", std::string(formats::JsonTypeName(json->type())),
               "Write the contract as one JSON object.");
  } else {
    const Result<std::string> version = json->GetString("schemaVersion");
    report.schema_version = version ? *version : "";
    LintCommon(*json, now, walk);
    if (report.schema_version == "1") {
      LintVersion1(*json, walk);
    } else if (report.schema_version == "0.1") {
      LintDepa(*json, walk);
    } else {
      walk.Error("/schemaVersion", "\"1\", or \"0.1\" for a contract of DEPA", walk.Show(json->Find("schemaVersion")),
                 "Write \"schemaVersion\": \"1\".");
    }
  }
  report.findings = std::move(walk).Take();
  std::stable_sort(report.findings.begin(), report.findings.end(),
                   [](const Finding& a, const Finding& b) { return a.severity > b.severity; });
  return report;
}

}  // namespace cloister::contract

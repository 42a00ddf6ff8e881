#include "commands/conformance.h"

#include <fnmatch.h>

#include "base/file.h"
#include "evidence/conformance/conformance.h"
#include "privacy/conformance.h"
#include "sealed/testkit.h"
#include "translog/conformance.h"

namespace cloister::commands {
namespace {

using formats::Json;
namespace fs = std::filesystem;

constexpr std::size_t kMaxManifest = 16u << 20;
constexpr std::size_t kMaxCase = 32u << 20;

enum class Outcome { kPassed, kFailed, kSkipped };

struct CaseLine {
  std::string id;
  std::string kind;
  Outcome outcome;
  std::string detail;
  std::string answer = {};  // of evidence: what our verifier said of it
};

std::string_view OutcomeName(Outcome outcome) {
  return outcome == Outcome::kPassed ? "passed" : outcome == Outcome::kFailed ? "failed" : "skipped";
}

bool Selected(const ConformanceOptions& options, const std::string& id, const std::string& kind) {
  for (const std::string& glob : options.only) {
    if (fnmatch(glob.c_str(), id.c_str(), 0) == 0 || fnmatch(glob.c_str(), kind.c_str(), 0) == 0) return true;
  }
  return options.only.empty();
}

// Trustee's manifest names its files from the folder above it.
fs::path FolderOf(const Json& one, const fs::path& folder) {
  const Json* files = one.Find("files");
  if (files == nullptr || !files->is_object()) return folder;
  for (const auto& [role, path] : **files->AsObject()) {
    if (path.is_string() && !fs::exists(folder / *path.AsString())) return folder.parent_path();
  }
  return folder;
}

CaseLine RunEvidence(const Json& one, const std::string& id, const std::string& tee, const fs::path& folder) {
  const evidence::CaseResult result = evidence::RunCase(one, FolderOf(one, folder));
  const Outcome outcome = result.verdict == evidence::CaseVerdict::kPass   ? Outcome::kPassed
                          : result.verdict == evidence::CaseVerdict::kFail ? Outcome::kFailed
                                                                           : Outcome::kSkipped;
  return {id, tee, outcome, result.message, result.answer};
}

CaseLine RunLedger(const Json& one, const fs::path& folder) {
  translog::CaseResult result = translog::RunLedgerCase(one, folder);
  const Outcome outcome = result.outcome == translog::CaseOutcome::kPassed   ? Outcome::kPassed
                          : result.outcome == translog::CaseOutcome::kFailed ? Outcome::kFailed
                                                                             : Outcome::kSkipped;
  return {std::move(result.id), std::move(result.kind), outcome, std::move(result.detail)};
}

CaseLine RunAge(const std::string& id, const std::string& file, const fs::path& folder) {
  const auto bytes = ReadFile(folder / file, kMaxCase);
  if (!bytes) return {id, "age", Outcome::kFailed, bytes.error().message()};
  const auto result = sealed::RunAgeCase(*bytes);
  if (!result) return {id, "age", Outcome::kFailed, result.error().message()};
  const Outcome outcome = result->outcome == sealed::AgeCaseOutcome::kPassed   ? Outcome::kPassed
                          : result->outcome == sealed::AgeCaseOutcome::kFailed ? Outcome::kFailed
                                                                               : Outcome::kSkipped;
  return {id, "age", outcome, outcome == Outcome::kSkipped ? "not built: " + result->detail : result->detail};
}

CaseLine RunAccounting(const Json& row, const std::string& id, const std::string& kind) {
  auto report = privacy::RunAccountingRow(row);
  if (!report) return {id, kind, Outcome::kFailed, report.error().message()};
  const Outcome outcome = report->outcome == privacy::RowOutcome::kPass   ? Outcome::kPassed
                          : report->outcome == privacy::RowOutcome::kFail ? Outcome::kFailed
                                                                          : Outcome::kSkipped;
  return {id, kind, outcome, std::move(report->reason)};
}

// One case of whatever manifest this is; none where it isn't selected.
Result<std::optional<CaseLine>> RunCase(const Json& one, const ConformanceOptions& options) {
  const fs::path folder = options.manifest.parent_path();
  const std::string id = TRY(one.GetString("id"));
  const bool age = one.Find("features") != nullptr;
  const std::string kind = age                       ? "age"
                           : one.Find("tee") != nullptr ? TRY(one.GetString("tee"))
                                                        : TRY(one.GetString("kind"));
  if (!Selected(options, id, kind)) return std::optional<CaseLine>();
  if (age) return std::optional(RunAge(id, TRY(one.GetString("file")), folder));
  if (one.Find("tee") != nullptr) return std::optional(RunEvidence(one, id, kind, folder));
  if (one.Find("params") != nullptr) return std::optional(RunLedger(one, folder));
  return std::optional(RunAccounting(one, id, kind));
}

Result<std::vector<Json>> ReadCases(const fs::path& manifest) {
  const std::string text = TRY(ReadTextFile(manifest, kMaxManifest));
  // The ledger's manifest has integers beyond 2^63, which only its own reader takes.
  auto json = Json::Parse(text, {.max_bytes = kMaxManifest});
  if (!json) return TRY_WITH(manifest.string() + ": expected a manifest of vectors", translog::ParseLedgerManifest(text));
  const Json::Array* cases = TRY_WITH(manifest.string() + ": expected a manifest of vectors",
                                      json->is_array() ? json->AsArray() : json->GetArray("rows"));
  return std::vector<Json>(cases->begin(), cases->end());
}

void Print(const CaseLine& line, bool json, std::ostream& out) {
  if (json) {
    Json object = Json::Object{{"id", line.id}, {"kind", line.kind}, {"outcome", OutcomeName(line.outcome)}, {"detail", line.detail}};
    if (!line.answer.empty()) object.Set("answer", line.answer);
    out << object.Dump() << "\n";
    return;
  }
  out << OutcomeName(line.outcome) << "  " << line.id;
  if (!line.detail.empty()) out << "  " << line.detail;
  out << "\n";
}

}  // namespace

Result<ConformanceCounts> RunConformance(const ConformanceOptions& options, std::ostream& out) {
  ConformanceCounts counts;
  for (const Json& one : TRY(ReadCases(options.manifest))) {
    const auto line = TRY_WITH(options.manifest.string() + ": expected a case", RunCase(one, options));
    if (!line) continue;
    Print(*line, options.json, out);
    counts.passed += line->outcome == Outcome::kPassed;
    counts.failed += line->outcome == Outcome::kFailed;
    counts.skipped += line->outcome == Outcome::kSkipped;
    counts.skipped_although_named += line->outcome == Outcome::kSkipped && !options.only.empty();
  }
  if (counts.passed + counts.failed + counts.skipped == 0) {
    return Error(ErrorCode::kUsage, "expected cases in " + options.manifest.string() + ", --only selects none of them");
  }
  if (options.json) {
    out << Json(Json::Object{{"passed", counts.passed}, {"failed", counts.failed}, {"skipped", counts.skipped}}).Dump() << "\n";
  } else {
    out << counts.passed << " passed, " << counts.failed << " failed, " << counts.skipped << " skipped\n";
  }
  return counts;
}

Result<Answer> Conformance(const ConformanceOptions& options, Streams streams) {
  const ConformanceCounts counts = TRY(RunConformance(options, streams.out));
  if (counts.Good()) return Answer::kYes;
  streams.err << "cloister conformance: " << options.manifest.string() << ": expected every case to pass, " << counts.failed
              << " failed and " << counts.skipped_although_named << " asked for by name were skipped\n";
  return Answer::kNo;
}

}  // namespace cloister::commands

#include "evidence/conformance/conformance.h"

#include "base/file.h"
#include "evidence/conformance/case.h"

namespace cloister::evidence {
namespace {

using formats::Json;

constexpr std::size_t kMaximumFile = std::size_t{1} << 20;

struct Kind {
  std::string_view tee;
  CaseRunner run;
};

constexpr Kind kKinds[] = {
    {"snp", RunSnp},
};

CaseRunner FindRunner(std::string_view tee) {
  for (const Kind& kind : kKinds) {
    if (kind.tee == tee) return kind.run;
  }
  return nullptr;
}

Result<Case> Load(const Json& manifest_case, const std::filesystem::path& folder) {
  Case loaded;
  loaded.id = TRY(manifest_case.GetString("id"));
  loaded.tee = TRY(manifest_case.GetString("tee"));
  loaded.mode = TRY(manifest_case.FindString("mode")).value_or("");
  loaded.entry = manifest_case;
  for (const auto& [role, path] : *TRY(TRY(manifest_case.GetObject("files"))->AsObject())) {
    loaded.files[role] = TRY(ReadFile(folder / TRY(path.AsString()), kMaximumFile));
  }
  return loaded;
}

// Empty where all expected claims were found.
Result<std::string> CompareClaims(const Json& expected, const Json& found) {
  for (const auto& [name, value] : *TRY(expected.AsObject())) {
    const Json* claim = found.Find(name);
    if (claim == nullptr) return "claim " + name + ": expected " + value.Dump() + ", got none";
    if (!(*claim == value)) return "claim " + name + ": expected " + value.Dump() + ", got " + claim->Dump();
  }
  return std::string();
}

Result<CaseResult> Run(const Case& loaded, CaseRunner run) {
  const std::string expect = TRY(loaded.entry.GetString("expect"));
  const auto answer = run(loaded);
  if (!answer) {
    const std::string refusal = "refused (" + answer.error().ToText() + ")";
    return CaseResult{expect == "invalid" ? CaseVerdict::kPass : CaseVerdict::kFail, refusal};
  }
  if (expect != "valid") return CaseResult{CaseVerdict::kFail, "verifies, but should be refused"};
  const std::string difference = TRY(CompareClaims(*TRY(loaded.entry.GetObject("expected_claims")), answer->claims));
  if (!difference.empty()) return CaseResult{CaseVerdict::kFail, difference};
  return CaseResult{CaseVerdict::kPass, answer->note.empty() ? "verifies" : "verifies; " + answer->note};
}

CaseResult CouldNotRun(const Error& error) {
  return {CaseVerdict::kFail, "the case could not be run: " + error.ToText()};
}

}  // namespace

Result<const Bytes*> Case::File(const std::string& role) const {
  const auto found = files.find(role);
  if (found == files.end()) return Error(ErrorCode::kNotFound, "the case has no file of role " + role);
  return &found->second;
}

Result<Time> Case::At() const { return FromRfc3339(TRY(entry.GetString("verify_at"))); }

CaseResult RunCase(const Json& manifest_case, const std::filesystem::path& folder) {
  const auto tee = manifest_case.GetString("tee");
  if (!tee) return {CaseVerdict::kFail, tee.error().ToText()};
  const CaseRunner runner = FindRunner(*tee);
  if (runner == nullptr) return {CaseVerdict::kSkip, "no verifier for " + *tee + " here"};
  const auto loaded = Load(manifest_case, folder);
  if (!loaded) return CouldNotRun(loaded.error());
  auto result = Run(*loaded, runner);
  if (!result) return CouldNotRun(result.error());
  return *std::move(result);
}

}  // namespace cloister::evidence

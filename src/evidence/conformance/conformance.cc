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
    {"az-snp-vtpm", RunAzSnpVtpm},
    {"az-tdx-vtpm", RunAzTdxVtpm},
    {"az-vtpm-ak", RunAzVtpmAk},
    {"cca", RunCca},
    {"csv", RunCsv},
    {"nitro", RunNitro},
    {"snp", RunSnp},
    {"sgx", RunSgx},
    {"gcp-vtpm", RunGcpVtpm},
    {"tpm", RunTpm},
    {"corim", RunCorim},
    {"rvps", RunRvps},
    {"ear", RunEar},
    {"eat", RunEat},
    {"jwk", RunJwk},
    {"eventlog", RunEventLog},
    {"tdx", RunTdx},
    {"nvidia-gpu", RunNvidiaDevice},
    {"nvidia-switch", RunNvidiaDevice},
    {"nvidia-rim", RunNvidiaRim},
    {"nvidia-ocsp", RunNvidiaOcsp},
    {"nvidia", RunTrusteeNvidia},
};

Result<std::uint8_t> Edited(std::uint8_t byte, const Json& edit) {
  const auto value = static_cast<unsigned>(TRY(edit.GetIntIn("value", 0, 255)));
  const std::string op = TRY(edit.GetString("op"));
  if (op != "add" && op != "xor") return Error(ErrorCode::kUnsupported, "an edit of kind " + op);
  return static_cast<std::uint8_t>(op == "add" ? byte + value : byte ^ value);
}

Result<void> EditByte(Bytes& bytes, const Json& edit) {
  if (bytes.empty()) return Error(ErrorCode::kMalformed, "nothing to edit");
  const auto offset =
      static_cast<std::size_t>(TRY(edit.GetIntIn("offset", 0, static_cast<std::int64_t>(bytes.size()) - 1)));
  bytes[offset] = TRY(Edited(bytes[offset], edit));
  return {};
}

// An edit of the hex text at a JSON pointer: the file's own text but for that one value.
Result<void> EditHexAt(Bytes& file, const std::string& pointer, const Json& edit) {
  std::string text(AsText(file));
  const Json json = TRY(Json::Parse(text));
  const std::string before = TRY(TRY(json.At(pointer))->AsString());
  Bytes bytes = TRY(FromHex(before));
  TRY(EditByte(bytes, edit));
  const std::size_t found = text.find(before);
  if (found == text.npos || text.find(before, found + 1) != text.npos) {
    return Error(ErrorCode::kUnsupported, "the value at " + pointer + " does not stand in the file once");
  }
  file = ToBytes(text.replace(found, before.size(), ToHex(bytes)));
  return {};
}

// What the manifest's `derived` says was changed in the files of another case. An edit of a `param` is the runner's to
// apply; `derived: true` means that the files hold the change already.
Result<void> ApplyEdits(Case& loaded) {
  const Json* derived = loaded.entry.Find("derived");
  if (derived == nullptr || !derived->is_object()) return {};
  for (const Json& edit : *TRY(derived->GetArray("edits"))) {
    if (edit.Find("param") != nullptr) continue;
    const auto file = loaded.files.find(TRY(edit.GetString("file")));
    if (file == loaded.files.end()) return Error(ErrorCode::kMalformed, "an edit of a file that the case has not");
    const auto pointer = TRY(edit.FindString("json"));
    TRY(pointer ? EditHexAt(file->second, *pointer, edit) : EditByte(file->second, edit));
  }
  return {};
}

// Empty where all expected claims were found; of an object, where its expected members were.
std::string Difference(const std::string& name, const Json& expected, const Json* found) {
  if (found == nullptr) return "claim " + name + ": expected " + expected.Dump() + ", got none";
  if (!expected.is_object() || !found->is_object()) {
    return expected == *found ? "" : "claim " + name + ": expected " + expected.Dump() + ", got " + found->Dump();
  }
  for (const auto& [member, value] : **expected.AsObject()) {
    std::string difference = Difference(name + "/" + member, value, found->Find(member));
    if (!difference.empty()) return difference;
  }
  return "";
}

Result<CaseResult> Run(const Case& loaded, CaseRunner run) {
  const std::string expect = TRY(loaded.entry.GetString("expect"));
  const auto answer = run(loaded);
  if (!answer) {
    const std::string refusal = "refused (" + answer.error().ToText() + ")";
    return CaseResult{expect == "invalid" ? CaseVerdict::kPass : CaseVerdict::kFail, refusal, "invalid"};
  }
  if (expect != "valid") return CaseResult{CaseVerdict::kFail, "verifies, but should be refused", "valid"};
  const std::string difference = Difference("", *TRY(loaded.entry.GetObject("expected_claims")), &answer->claims);
  if (!difference.empty()) return CaseResult{CaseVerdict::kFail, difference, "valid"};
  return CaseResult{CaseVerdict::kPass, answer->note.empty() ? "verifies" : "verifies; " + answer->note, "valid"};
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

CaseRunner FindCaseRunner(std::string_view tee) {
  for (const Kind& kind : kKinds) {
    if (kind.tee == tee) return kind.run;
  }
  return nullptr;
}

Result<Case> LoadCase(const Json& manifest_case, const std::filesystem::path& folder) {
  Case loaded;
  loaded.id = TRY(manifest_case.GetString("id"));
  loaded.tee = TRY(manifest_case.GetString("tee"));
  loaded.mode = TRY(manifest_case.FindString("mode")).value_or("");
  loaded.entry = manifest_case;
  for (const auto& [role, path] : *TRY(TRY(manifest_case.GetObject("files"))->AsObject())) {
    loaded.files[role] = TRY(ReadFile(folder / TRY(path.AsString()), kMaximumFile));
  }
  TRY(ApplyEdits(loaded));
  return loaded;
}

CaseResult RunCase(const Json& manifest_case, const std::filesystem::path& folder) {
  const auto tee = manifest_case.GetString("tee");
  if (!tee) return {CaseVerdict::kFail, tee.error().ToText()};
  const CaseRunner runner = FindCaseRunner(*tee);
  if (runner == nullptr) return {CaseVerdict::kSkip, "no verifier for " + *tee + " here"};
  const auto loaded = LoadCase(manifest_case, folder);
  if (!loaded) return CouldNotRun(loaded.error());
  auto result = Run(*loaded, runner);
  if (!result) return CouldNotRun(result.error());
  return *std::move(result);
}

}  // namespace cloister::evidence

// One case of a vectors manifest, loaded, and the runner of each kind of evidence: one file of this folder each, one
// row in conformance.cc.
#pragma once

#include <filesystem>

#include "base/time.h"
#include "formats/json.h"

namespace cloister::evidence {

struct Case {
  std::string id, tee, mode;           // mode: "" where the manifest has none
  std::map<std::string, Bytes> files;  // by role
  formats::Json entry;                 // the manifest's own words: verify_at, expect, expected_claims, derived, params

  // kNotFound: the case has no such file.
  Result<const Bytes*> File(const std::string& role) const;
  // verify_at. kMalformed: it has none.
  Result<Time> At() const;
};

// What verification found, in the manifest's names, and what was not checked.
struct CaseAnswer {
  formats::Json claims;
  std::string note;
};

// An error is the verifier's refusal.
using CaseRunner = Result<CaseAnswer> (*)(const Case&);

// The case as it stands in a manifest, with its files from `folder` and what its `derived` says changed in them.
// kMalformed, kNotFound, kLimit: over 1 MiB; kUnsupported: an edit of another kind.
Result<Case> LoadCase(const formats::Json& manifest_case, const std::filesystem::path& folder);
// The runner of `tee`; a null pointer where there is none here.
CaseRunner FindCaseRunner(std::string_view tee);

Result<CaseAnswer> RunAzSnpVtpm(const Case& loaded);
Result<CaseAnswer> RunAzTdxVtpm(const Case& loaded);
Result<CaseAnswer> RunAzVtpmAk(const Case& loaded);
Result<CaseAnswer> RunGcpVtpm(const Case& loaded);
Result<CaseAnswer> RunTpm(const Case& loaded);
Result<CaseAnswer> RunCorim(const Case& loaded);
Result<CaseAnswer> RunEar(const Case& loaded);
Result<CaseAnswer> RunEat(const Case& loaded);
Result<CaseAnswer> RunEventLog(const Case& loaded);
Result<CaseAnswer> RunJwk(const Case& loaded);
Result<CaseAnswer> RunRvps(const Case& loaded);
Result<CaseAnswer> RunSgx(const Case& loaded);
Result<CaseAnswer> RunCca(const Case& loaded);
Result<CaseAnswer> RunCsv(const Case& loaded);
Result<CaseAnswer> RunNitro(const Case& loaded);
Result<CaseAnswer> RunSnp(const Case& loaded);
Result<CaseAnswer> RunTdx(const Case& loaded);
Result<CaseAnswer> RunNvidiaDevice(const Case& loaded);
Result<CaseAnswer> RunNvidiaRim(const Case& loaded);
Result<CaseAnswer> RunNvidiaSwid(const Case& loaded);
Result<CaseAnswer> RunNvidiaOcsp(const Case& loaded);
Result<CaseAnswer> RunTrusteeNvidia(const Case& loaded);

}  // namespace cloister::evidence

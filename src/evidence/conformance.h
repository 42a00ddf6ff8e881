// Runs the cases of a vectors manifest (array of {id, tee, files: {role: path}, verify_at, expect, expected_claims, mode?})
// against our verifiers. For tests and `cloister conformance`.
#pragma once

#include <filesystem>

#include "formats/json.h"

namespace cloister::evidence {

enum class CaseVerdict { kPass, kFail, kSkip };

struct CaseResult {
  CaseVerdict verdict;
  std::string message;
};

// One case of tee "snp"; other kinds are skipped. `folder` holds the files. The case's own report_data counts as the nonce.
// A valid case passes if it verifies and every expected claim is the same; an invalid one if it is refused. The message
// says why, and whether revocation was checked.
CaseResult RunSnpCase(const formats::Json& manifest_case, const std::filesystem::path& folder);

}  // namespace cloister::evidence

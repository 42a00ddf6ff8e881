// Runs the cases of a vectors manifest (array of {id, tee, files: {role: path}, verify_at, expect, expected_claims,
// mode?}) against our verifiers. For tests and `cloister conformance`.
#pragma once

#include <filesystem>

#include "formats/json.h"

namespace cloister::evidence {

enum class CaseVerdict { kPass, kFail, kSkip };

struct CaseResult {
  CaseVerdict verdict;
  std::string message;
  std::string answer = {};  // the verifier's own, whatever the manifest expects: valid, invalid; "" where it was not asked
};

// Runs one case; `folder` holds the files. What a case has for a nonce counts as the nonce that we chose. A valid case
// passes if it verifies and every expected claim is the same; an invalid one if it is refused. The message says why,
// and what was not checked. kSkip: no verifier here for its `tee`.
CaseResult RunCase(const formats::Json& manifest_case, const std::filesystem::path& folder);

}  // namespace cloister::evidence

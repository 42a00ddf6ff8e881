// Runs the cases of a MANIFEST.json with ledger vectors (Merkle proofs, notes, checkpoints, COSE, receipts) on this code.
#pragma once

#include <filesystem>

#include "formats/json.h"

namespace cloister::translog {

enum class CaseOutcome { kPassed, kFailed, kSkipped };

struct CaseResult {
  std::string id;
  std::string kind;
  CaseOutcome outcome = CaseOutcome::kSkipped;
  std::string detail;  // why it failed or was skipped; of a refusal, the error that was expected to come
};

// The cases of a manifest. Integers beyond 2^63, which Json does not hold, become strings of digits first.
// kMalformed, kLimit.
Result<std::vector<formats::Json>> ParseLedgerManifest(std::string_view text);

// Runs one case with files relative to `folder`. Kinds: cose-sign1, cose-receipt, cose-consistency, note, checkpoint,
// merkle-inclusion, merkle-consistency; others are skipped. A case that cannot be read fails.
CaseResult RunLedgerCase(const formats::Json& test_case, const std::filesystem::path& folder);

}  // namespace cloister::translog

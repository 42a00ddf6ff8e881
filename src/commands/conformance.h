// `cloister conformance`: runs manifests of vectors that others made against this code.
#pragma once

#include <filesystem>
#include <ostream>
#include <string>
#include <vector>

#include "commands/answer.h"

namespace cloister::commands {

struct ConformanceOptions {
  std::filesystem::path manifest;
  std::vector<std::string> only;  // globs on a case's id, kind or tee; empty: all
  bool json = false;
};

struct ConformanceCounts {
  std::size_t passed = 0;
  std::size_t failed = 0;
  std::size_t skipped = 0;
  std::size_t skipped_although_named = 0;  // selected by `only`
  // Nothing failed, and nothing that was asked for by name was skipped.
  bool Good() const { return failed == 0 && skipped_although_named == 0; }
};

// Knows four kinds of manifest by their shape: evidence (tee), ledger (kind), age's kit (features) and accounting (rows).
// Prints a line a case (as JSON {id, kind, outcome, detail}, of evidence also `answer`: our verifier's own), then "N passed,
// N failed, N skipped". kNotFound, kMalformed; kUsage: `only` selects nothing.
Result<ConformanceCounts> RunConformance(const ConformanceOptions& options, std::ostream& out);

// The same as a command. No: a case failed, or one that was asked for by name was skipped.
Result<Answer> Conformance(const ConformanceOptions& options, Streams streams);

}  // namespace cloister::commands

// Runs cases of the age test kit (C2SP/CCTV, age/testdata), so that anybody can check our reader against it.
#pragma once

#include <filesystem>
#include <map>

#include "base/bytes.h"

namespace cloister::sealed {

enum class AgeCaseOutcome { kPassed, kFailed, kSkipped };

struct AgeCaseResult {
  AgeCaseOutcome outcome;
  // Skipped: the feature that is not built ("armored", "scrypt", "hybrid"). Failed: what was expected and what came.
  std::string detail;
};

// Runs one file of the kit. A case passes if the kind of failure is the stated one, and on success also the payload's
// hash; what other readers give out before a failing payload is not compared, since we give out nothing.
// kMalformed: not a file of the kit. kLimit: inflates to more than 32 MiB.
Result<AgeCaseResult> RunAgeCase(ByteSpan testkit_file);

struct AgeKitReport {
  std::size_t passed = 0;
  std::map<std::string, std::string> failed;   // case to detail
  std::map<std::string, std::size_t> skipped;  // feature to number of cases
};

// Runs every case in `folder`. kNotFound: no case is there; others as RunAgeCase.
Result<AgeKitReport> RunAgeKit(const std::filesystem::path& folder);

}  // namespace cloister::sealed

// What evidence says of itself, for people who look at it. NOTHING here was verified: anybody can write such bytes.
#pragma once

#include "evidence/kind.h"
#include "formats/json.h"

namespace cloister::evidence {

// The fields of `part`, in the names of its format. Errors of its parser.
Result<formats::Json> DescribeUnverified(const EvidencePart& part);

struct EvidenceDifference {
  std::string field;  // JSON pointer
  formats::Json before, after;  // null: not there
};
// The fields that differ between two descriptions, by name.
std::vector<EvidenceDifference> CompareDescriptions(const formats::Json& before, const formats::Json& after);

}  // namespace cloister::evidence

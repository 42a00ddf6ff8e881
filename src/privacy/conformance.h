// Runs the accountants against vectors that others computed (accounting.json: rows of parameters and expected values).
#pragma once

#include "formats/json.h"

namespace cloister::privacy {

enum class RowOutcome : std::uint8_t { kPass = 1, kFail = 2, kSkipped = 3 };

struct RowReport {
  std::string id;
  std::string kind;
  RowOutcome outcome = RowOutcome::kFail;
  std::string reason;  // of a failure or a skip
};

// One row. Rows of a kind that we do not implement (gdp_epsilon_range, whose value is no bound, and exponential_mechanism_rdp)
// are skipped. kUnsupported: a kind that we do not know. kMalformed: a member is missing or of another type.
Result<RowReport> RunAccountingRow(const formats::Json& row);

// Every row of {meta, rows: […]}, in order.
Result<std::vector<RowReport>> RunAccountingVectors(const formats::Json& file);

}  // namespace cloister::privacy

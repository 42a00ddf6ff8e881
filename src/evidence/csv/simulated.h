// SIMULATED: Hygon CSV evidence in Trustee's form, with signatures of zeros. For tests and fuzz corpora; production
// programs link none of it.
#pragma once

#include "evidence/csv/report.h"

namespace cloister::evidence {

// Evidence for a guest with this report data, of version 1 (masked) or 2. Its serial number says SIMULATED.
formats::Json SimulatedCsvEvidence(unsigned version, const std::array<std::uint8_t, 64>& report_data);

}  // namespace cloister::evidence

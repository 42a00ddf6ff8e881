// Whether a device measured what its reference manifests say.
#pragma once

#include <bitset>
#include <span>

#include "evidence/nvidia/report.h"
#include "evidence/nvidia/rim.h"

namespace cloister::evidence {

struct NvidiaComparison {
  // Each has the bits of its indices.
  using Indices = std::bitset<kMaximumNvidiaRimIndex + 1>;
  Indices compared;
  Indices skipped;     // active, but left out by rule
  Indices mismatched;  // those compared that no alternative fits, or that the report lacks
};

// Compares the active measurements of all `rims` (driver and VBIOS, or a switch's BIOS) with the report's. Any alternative may
// fit, with the same size. Index 35 is left out where NVDEC0 is disabled, since its firmware isn't loaded then.
// kConflict: two manifests claim one index. kMismatch: none has an active measurement, so that nothing would be compared.
Result<NvidiaComparison> CompareNvidiaMeasurements(const NvidiaReport& report, const NvidiaDeviceInfo& info,
                                                   std::span<const NvidiaRim* const> rims);

}  // namespace cloister::evidence

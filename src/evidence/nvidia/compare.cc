#include "evidence/nvidia/compare.h"

#include <algorithm>

namespace cloister::evidence {
namespace {

constexpr unsigned kNvdec0Index = 35;

bool Fits(const NvidiaReport& report, unsigned index, const NvidiaRimMeasurement& golden) {
  if (index >= report.measurements.size()) return false;
  const auto& measured = report.measurements[index].value;
  return std::any_of(golden.alternatives.begin(), golden.alternatives.end(),
                     [&](const Bytes& alternative) { return alternative == measured; });
}

}  // namespace

Result<NvidiaComparison> CompareNvidiaMeasurements(const NvidiaReport& report, const NvidiaDeviceInfo& info,
                                                   std::span<const NvidiaRim* const> rims) {
  std::map<unsigned, const NvidiaRimMeasurement*> golden;
  for (const NvidiaRim* rim : rims) {
    for (const auto& [index, measurement] : rim->measurements) {
      if (!measurement.active || golden.emplace(index, &measurement).second) continue;
      return Error(ErrorCode::kConflict, "NVIDIA RIM: two manifests are active for index " + std::to_string(index));
    }
  }
  if (golden.empty()) return Error(ErrorCode::kMismatch, "NVIDIA RIM: no manifest has an active measurement");
  NvidiaComparison comparison;
  for (const auto& [index, measurement] : golden) {
    if (index == kNvdec0Index && info.nvdec0_status == kNvidiaDisabled) {
      comparison.skipped.push_back(index);
      continue;
    }
    comparison.compared.push_back(index);
    if (!Fits(report, index, *measurement)) comparison.mismatched.push_back(index);
  }
  return comparison;
}

}  // namespace cloister::evidence

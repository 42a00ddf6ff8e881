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
  NvidiaComparison comparison;
  NvidiaComparison::Indices claimed;
  for (const NvidiaRim* rim : rims) {
    for (const auto& [index, golden] : rim->measurements) {
      if (!golden.active) continue;
      if (claimed[index]) {
        return Error(ErrorCode::kConflict, "NVIDIA RIM: two manifests are active for index " + std::to_string(index));
      }
      claimed.set(index);
      if (index == kNvdec0Index && info.nvdec0_status == kNvidiaDisabled) {
        comparison.skipped.set(index);
        continue;
      }
      comparison.compared.set(index);
      comparison.mismatched.set(index, !Fits(report, index, golden));
    }
  }
  if (claimed.none()) return Error(ErrorCode::kMismatch, "NVIDIA RIM: no manifest has an active measurement");
  return comparison;
}

}  // namespace cloister::evidence

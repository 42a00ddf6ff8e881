// What was done to the data, as parameters: accountants turn a list of these into epsilon and delta at any later time.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "formats/json.h"

namespace cloister::privacy {

enum class MechanismKind : std::uint8_t {
  // Poisson-samples each person with probability q, adds the clipped contributions, adds Gaussian noise of standard
  // deviation sigma times the sensitivity. q = 1 is the plain Gaussian mechanism.
  kSubsampledGaussian = 1,
};

// `steps` uses of one mechanism. Neighbours differ by adding or removing all that one person contributed.
struct MechanismEvent {
  MechanismKind kind = MechanismKind::kSubsampledGaussian;
  double sigma = 0;         // noise multiplier: standard deviation / sensitivity; > 0
  double q = 0;             // sampling probability, 0 < q <= 1
  std::uint64_t steps = 0;  // >= 1

  bool operator==(const MechanismEvent&) const = default;
};

using Composition = std::vector<MechanismEvent>;

// Limits on what an accountant takes; outside them its arithmetic was never tried.
inline constexpr double kMinimumSigma = 0.01;
inline constexpr double kMaximumSigma = 1e6;
inline constexpr std::uint64_t kMaximumSteps = 10'000'000;
inline constexpr std::size_t kMaximumEvents = 64;

// kUsage: an empty or too long list, a parameter outside its range (NaN too).
Result<void> CheckComposition(std::span<const MechanismEvent> events);
// kUsage unless 0 < delta < 1.
Result<void> CheckDelta(double delta);

// [{mechanism: "subsampled-gaussian", sigma, q, steps}], as training cards, `spent` statements and settlements hold it
// (docs/formats/clean-room.md, "Brokers").
formats::Json CompositionToJson(std::span<const MechanismEvent> events);
// Strict: unknown members and parameters outside their range are refused. kMalformed; kUnsupported: another mechanism.
Result<Composition> CompositionFromJson(const formats::Json& json);

}  // namespace cloister::privacy

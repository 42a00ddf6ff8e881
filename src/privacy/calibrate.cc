#include "privacy/calibrate.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "privacy/rdp.h"

namespace cloister::privacy {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

Result<void> CheckEpsilon(double epsilon) {
  if (epsilon > 0 && epsilon <= 1000) return {};
  return Error(ErrorCode::kUsage, "epsilon: expected more than 0 and at most 1000, got " + std::to_string(epsilon));
}

// Upper end; infinity where it is so far above `target` that convolving would only cost time. RDP is looser than PRV by less
// than a factor of 10, and taking too large an epsilon for granted can only make the noise larger.
Result<double> EpsilonOrFar(std::span<const MechanismEvent> events, double delta, const PrvSettings& settings, double target) {
  if (TRY(RdpEpsilon(events, delta)).epsilon > 10 * target + 10) return kInfinity;
  const Result<PrvRange> range = PrvEpsilon(events, delta, settings);
  if (!range) return range.error().code() == ErrorCode::kLimit ? Result<double>(kInfinity) : range.error();
  return range->upper;
}

// Delta of the Gaussian mechanism at `epsilon` (Balle and Wang 2018, theorem 8).
double GaussianDelta(double sigma, double epsilon) {
  const auto normal = [](double x) { return 0.5 * std::erfc(-x * M_SQRT1_2); };
  return normal(0.5 / sigma - epsilon * sigma) - std::exp(epsilon) * normal(-0.5 / sigma - epsilon * sigma);
}

struct Found {
  double sigma = 0;
  double epsilon = 0;
};

// Bisection for the smallest sigma in (low, high] with epsilon_of(sigma) <= target, until target - epsilon < tolerance.
Result<Found> Bisect(const std::function<Result<double>(double)>& epsilon_of, double low, double high, double target,
                     double tolerance) {
  double epsilon = TRY(epsilon_of(high));
  while (epsilon > target) {
    low = high;
    high *= 2;
    if (high > kMaximumSigma) return Error(ErrorCode::kExhausted, "no noise is large enough for the epsilon asked for");
    epsilon = TRY(epsilon_of(high));
  }
  while (target - epsilon >= tolerance && high - low > 1e-9 * high && high > 2 * kMinimumSigma) {
    const double middle = 0.5 * (low + high);
    const double at_middle = TRY(epsilon_of(middle));
    if (at_middle <= target) {
      high = middle;
      epsilon = at_middle;
    } else {
      low = middle;
    }
  }
  return Found{high, epsilon};
}

}  // namespace

Result<double> CalibrateSigma(Accountant accountant, double epsilon, double delta, double q, std::uint64_t steps) {
  TRY(CheckEpsilon(epsilon));
  TRY(CheckDelta(delta));
  const auto epsilon_of = [&](double sigma) -> Result<double> {
    const MechanismEvent event{MechanismKind::kSubsampledGaussian, sigma, q, steps};
    if (accountant == Accountant::kRdp) return TRY(RdpEpsilon({&event, 1}, delta)).epsilon;
    return EpsilonOrFar({&event, 1}, delta, {0.01, delta / 1000}, epsilon);
  };
  return TRY(Bisect(epsilon_of, 0, 10, epsilon, 0.01)).sigma;
}

PrvSettings SettingsFor(const RunBudget& budget, std::uint64_t total_steps) {
  const double affordable = 1e-4 * std::sqrt(static_cast<double>(total_steps));
  return {std::max(budget.epsilon / 1000, std::min(affordable, budget.epsilon / 20)), budget.delta / 1000};
}

Result<RunCalibration> CalibrateRun(const RunBudget& budget, double q, std::uint64_t steps,
                                    std::span<const MechanismEvent> others) {
  TRY(CheckEpsilon(budget.epsilon));
  TRY(CheckDelta(budget.delta));
  RunCalibration run;
  run.mechanisms.push_back({MechanismKind::kSubsampledGaussian, 1, q, steps});
  run.mechanisms.insert(run.mechanisms.end(), others.begin(), others.end());
  TRY(CheckComposition(run.mechanisms));
  std::uint64_t total_steps = 0;
  for (const MechanismEvent& event : run.mechanisms) total_steps += event.steps;
  run.settings = SettingsFor(budget, total_steps);
  run.delta = budget.delta;

  if (!others.empty() && TRY(EpsilonOrFar(others, budget.delta, run.settings, budget.epsilon)) >= budget.epsilon) {
    return Error(ErrorCode::kExhausted, "what is paid for beside the training costs the whole epsilon");
  }
  // Start where the looser accountant fits: few convolutions are left to do.
  const auto with = [&](double sigma) {
    run.mechanisms[0].sigma = sigma;
    return std::span<const MechanismEvent>(run.mechanisms);
  };
  double start = 0.5;
  while (start < 1e5 && TRY(RdpEpsilon(with(start), budget.delta)).epsilon > budget.epsilon) start *= 1.25;
  const auto epsilon_of = [&](double sigma) { return EpsilonOrFar(with(sigma), budget.delta, run.settings, budget.epsilon); };
  const Found found = TRY(Bisect(epsilon_of, 0.5 * start, start, budget.epsilon, budget.epsilon / 1000));
  with(found.sigma);
  run.epsilon = found.epsilon;
  return run;
}

Result<double> CalibrateBeside(const RunCalibration& run) {
  const PrvCurve curve = TRY(PrvCurve::Compose(run.mechanisms, run.settings));
  double sigma = kMinimumSigma;
  for (const double factor : {0.01, 0.1, 1.0, 10.0, 100.0}) {
    const double delta = factor * run.delta;
    if (delta > 0.1) continue;
    const double epsilon = TRY(curve.Epsilon(delta)).lower;
    double high = sigma;
    while (GaussianDelta(high, epsilon) > delta && high < kMaximumSigma) high *= 2;
    double low = sigma;
    while (high - low > 1e-9 * high) {
      const double middle = 0.5 * (low + high);
      (GaussianDelta(middle, epsilon) > delta ? low : high) = middle;
    }
    sigma = high;
  }
  return sigma;
}

}  // namespace cloister::privacy

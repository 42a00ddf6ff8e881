// PRV accountant: epsilon of a composition by numerical convolution of privacy loss random variables (Gopi, Lee, Wutschitz,
// "Numerical composition of differential privacy", arXiv 2106.02848, theorem 5.5). Tight, with a guaranteed upper end.
#pragma once

#include "privacy/mechanism.h"

namespace cloister::privacy {

// How finely to compute; both are part of the guarantee, so what is recorded with them can be computed again exactly.
struct PrvSettings {
  double epsilon_error = 0.01;  // half the width of the answer; cost grows as sqrt(steps) / epsilon_error
  double delta_error = 0;       // probability given to truncation and rounding; 0 means delta / 1000

  bool operator==(const PrvSettings&) const = default;
};

// The true value lies in [lower, upper]. Only `upper` may be reported as a guarantee.
struct PrvRange {
  double lower = 0;
  double estimate = 0;
  double upper = 0;
};

// The whole privacy profile (epsilon against delta) of one composition. Both neighbouring directions are composed, and the worse
// one is read; for q = 1 they are the same.
class PrvCurve {
 public:
  // Suffix sums over the composed distribution in one direction (step 7); made in the .cc file only.
  struct Tail {
    double first = 0;           // value of node 0, shift included
    std::vector<double> mass;   // A_i: mass at and right of node i
    std::vector<double> tilted;  // D_i: the same, each mass times exp(t_i - t_j)
  };

  // settings.delta_error must be given here. Errors: kUsage (composition or settings out of range), kLimit (needs more than
  // 2^24 nodes: ask for a larger epsilon_error).
  static Result<PrvCurve> Compose(std::span<const MechanismEvent> events, const PrvSettings& settings);

  // Epsilon at `delta`. kUsage: delta outside (delta_error, 1), or so small that double precision cannot tell.
  Result<PrvRange> Epsilon(double delta) const;
  // Delta at `epsilon` >= 0.
  Result<PrvRange> Delta(double epsilon) const;

 private:
  explicit PrvCurve(const PrvSettings& settings) : settings_(settings) {}
  double EpsilonOf(const Tail& tail, double delta) const;
  double DeltaOf(const Tail& tail, double epsilon) const;

  PrvSettings settings_;
  double step_ = 0;
  std::vector<Tail> tails_;
};

// Epsilon of `events` at `delta`: Compose and Epsilon in one call.
Result<PrvRange> PrvEpsilon(std::span<const MechanismEvent> events, double delta, PrvSettings settings = {});
// Delta of `events` at `epsilon`; settings.delta_error must be given.
Result<PrvRange> PrvDelta(std::span<const MechanismEvent> events, double epsilon, const PrvSettings& settings);

}  // namespace cloister::privacy

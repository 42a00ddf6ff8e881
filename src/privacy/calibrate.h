// How much noise a promise of (epsilon, delta) needs.
#pragma once

#include "privacy/prv.h"

namespace cloister::privacy {

enum class Accountant : std::uint8_t { kRdp = 1, kPrv = 2 };

// Sigma for `steps` steps at rate `q`: bisection on [0, high], high doubled from 10 until it fits, stopped when `epsilon` minus
// the epsilon at high is below 0.01; high is the answer (Opacus' rule, so that figures can be compared). kPrv uses the upper end
// with epsilon_error 0.01 and delta_error = delta / 1000. kUsage: a parameter outside its range. kExhausted: no sigma fits.
Result<double> CalibrateSigma(Accountant accountant, double epsilon, double delta, double q, std::uint64_t steps);

struct RunBudget {
  double epsilon = 0;
  double delta = 0;
};

// What the noise of one run is, and what the whole of it costs.
struct RunCalibration {
  Composition mechanisms;  // the calibrated one first, then those that were given
  PrvSettings settings;    // with which `epsilon` was computed; computing again gives the same
  double epsilon = 0;      // upper end at the budget's delta; never above the budget's epsilon
  double delta = 0;
};

// The smallest sigma (to one part in about 1000 of epsilon) such that `steps` steps at rate `q` together with everything in
// `others` (validation counts, and whatever else the run pays for) stay within `budget`, by the upper end of the PRV accountant.
// kUsage; kExhausted: `others` alone costs as much as the budget.
Result<RunCalibration> CalibrateRun(const RunBudget& budget, double q, std::uint64_t steps,
                                    std::span<const MechanismEvent> others);

// The smallest noise multiplier of one release (q = 1) about people of whom none takes part in `run`, such that such a person pays
// no more than one who does: at delta times 0.01, 0.1, 1, 10 and 100 its epsilon is not above the run's lower end. Then `run`
// describes what either pays (parallel composition), also when it is composed with later runs.
Result<double> CalibrateBeside(const RunCalibration& run);

// Settings that CalibrateRun uses: error of epsilon/1000 where that costs less than about 2^18 nodes, coarser for long runs, and
// never above epsilon/20.
PrvSettings SettingsFor(const RunBudget& budget, std::uint64_t total_steps);

}  // namespace cloister::privacy

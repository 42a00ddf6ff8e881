// The privacy loss random variable of one step of the Poisson-subsampled Gaussian, and its discretisation.
#pragma once

#include <cstdint>
#include <vector>

#include "base/result.h"

namespace cloister::privacy::internal {

// Which of two neighbours the true data is: the one with the person, or the one without.
enum class Direction : std::uint8_t { kRemove = 1, kAdd = 2 };

// With sigma s: P = (1-q) N(0,s^2) + q N(1,s^2) has the person, Q = N(0,s^2) has not. kRemove: log(P/Q) under P;
// kAdd: log(Q/P) under Q. 0 < q <= 1, s > 0.
class PrivacyLoss {
 public:
  PrivacyLoss(double q, double sigma, Direction direction);

  // P(loss <= t), and P(loss > t) with its own precision.
  double Below(double t) const;
  double Above(double t) const;
  // All but 1e-25 of the mass on either side lies in [low, high].
  double low() const { return low_; }
  double high() const { return high_; }

 private:
  double q_;
  double sigma_;
  Direction direction_;
  double edge_;  // of the support: log(1-q), or its negative
  double low_;
  double high_;
};

// Nodes Node(0) … Node(count - 1), `step` apart; Node(count/2 - 1) is 0.
struct Mesh {
  double step = 0;
  std::size_t count = 0;  // a power of two

  double Node(std::size_t i) const { return (static_cast<double>(i) - Origin()) * step; }
  double Origin() const { return static_cast<double>(count / 2) - 1; }
};

// A distribution on the mesh moved by `shift`, whose mean is that of the truncated loss.
struct DiscreteLoss {
  std::vector<double> mass;
  double shift = 0;
};

// Steps 4 of the algorithm (prv.h). `mean_error`: absolute error allowed in the mean.
// kInternal: |shift| is not below half a step, which a sound mesh excludes.
Result<DiscreteLoss> Discretise(const PrivacyLoss& loss, const Mesh& mesh, double mean_error);

}  // namespace cloister::privacy::internal

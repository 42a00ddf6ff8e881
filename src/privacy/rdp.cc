#include "privacy/rdp.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace cloister::privacy {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr int kMaximumTerms = 5000;

// log(e^a + e^b).
double LogAdd(double a, double b) {
  if (a < b) std::swap(a, b);
  if (b == -kInfinity) return a;
  return a + std::log1p(std::exp(b - a));
}

// log erfc(x), also where erfc(x) underflows.
double LogErfc(double x) {
  if (x < 10) return std::log(std::erfc(x));
  const double r = 1 / (x * x);
  const double series = r * (-0.5 + r * (5.0 / 8 + r * (-37.0 / 24 + r * (353.0 / 64))));
  return -x * x - std::log(x) - 0.5 * std::log(M_PI) + series;
}

// log A(order) for an integer order: a finite binomial sum of positive terms.
double LogMomentInteger(double q, double sigma, int order) {
  double sum = -kInfinity;
  for (int k = 0; k <= order; ++k) {
    const double log_binomial = std::lgamma(order + 1.0) - std::lgamma(k + 1.0) - std::lgamma(order - k + 1.0);
    const double term = log_binomial + k * std::log(q) + (order - k) * std::log1p(-q) +
                        (static_cast<double>(k) * k - k) / (2 * sigma * sigma);
    sum = LogAdd(sum, term);
  }
  return sum;
}

// log A(order) for a fractional order: two series of alternating sign, cut where terms are below e^-30.
double LogMomentFractional(double q, double sigma, double order) {
  const double variance = sigma * sigma;
  const double root = sigma * std::sqrt(2.0);
  const double z0 = variance * std::log(1 / q - 1) + 0.5;
  const double log_q = std::log(q);
  const double log_rest = std::log1p(-q);
  double positive = -kInfinity;
  double negative = -kInfinity;
  double log_coefficient = 0;
  bool minus = false;
  for (int i = 0; i < kMaximumTerms; ++i) {
    const double j = order - i;
    const double t0 = log_coefficient + i * log_q + j * log_rest + (static_cast<double>(i) * i - i) / (2 * variance) -
                      M_LN2 + LogErfc((i - z0) / root);
    const double t1 = log_coefficient + j * log_q + i * log_rest + (j * j - j) / (2 * variance) - M_LN2 +
                      LogErfc((z0 - j) / root);
    double& sum = minus ? negative : positive;
    sum = LogAdd(sum, LogAdd(t0, t1));
    if (i > order && std::max(t0, t1) < -30) {
      return negative < positive ? positive + std::log1p(-std::exp(negative - positive)) : kInfinity;
    }
    if (order < i) minus = !minus;  // binom(order, i + 1) changes its sign against binom(order, i)
    log_coefficient += std::log(std::fabs(j)) - std::log(i + 1.0);
  }
  return kInfinity;
}

}  // namespace

std::span<const double> DefaultOrders() {
  static const std::array<double, 151> orders = [] {
    std::array<double, 151> list{};
    for (int i = 1; i <= 99; ++i) list[static_cast<std::size_t>(i - 1)] = 1 + i / 10.0;
    for (int i = 12; i <= 63; ++i) list[static_cast<std::size_t>(99 + i - 12)] = i;
    return list;
  }();
  return orders;
}

double RdpOfStep(double q, double sigma, double order) {
  CHECK(q > 0 && q <= 1 && sigma > 0 && order > 1);
  if (q == 1) return order / (2 * sigma * sigma);
  const double whole = std::round(order);
  const double log_moment = whole == order ? LogMomentInteger(q, sigma, static_cast<int>(whole))
                                           : LogMomentFractional(q, sigma, order);
  return std::isnan(log_moment) ? kInfinity : std::max(0.0, log_moment) / (order - 1);
}

Result<RdpBound> RdpToEpsilon(std::span<const double> orders, std::span<const double> rdp, double delta) {
  TRY(CheckDelta(delta));
  if (orders.empty() || orders.size() != rdp.size()) {
    return Error(ErrorCode::kUsage, "RDP: expected as many values as orders, and at least one");
  }
  RdpBound best{kInfinity, orders[0]};
  for (std::size_t i = 0; i < orders.size(); ++i) {
    const double a = orders[i];
    if (!(a > 1)) return Error(ErrorCode::kUsage, "RDP: expected orders above 1, got " + std::to_string(a));
    const double epsilon = rdp[i] + std::log((a - 1) / a) - (std::log(delta) + std::log(a)) / (a - 1);
    if (epsilon < best.epsilon) best = {epsilon, a};
  }
  best.epsilon = std::max(0.0, best.epsilon);
  return best;
}

Result<RdpBound> RdpEpsilon(std::span<const MechanismEvent> events, double delta) {
  TRY(CheckComposition(events));
  const std::span<const double> orders = DefaultOrders();
  std::vector<double> total(orders.size(), 0);
  for (const MechanismEvent& event : events) {
    for (std::size_t i = 0; i < orders.size(); ++i) {
      total[i] += static_cast<double>(event.steps) * RdpOfStep(event.q, event.sigma, orders[i]);
    }
  }
  return RdpToEpsilon(orders, total, delta);
}

}  // namespace cloister::privacy

#include "privacy/internal/privacy_loss.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace cloister::privacy::internal {
namespace {

constexpr double kNegligible = 1e-25;

double NormalBelow(double x) { return 0.5 * std::erfc(-x * M_SQRT1_2); }

// log((e^t - 1 + q) / q); t > log(1-q).
double Position(double q, double t) {
  if (t > 30) return t - std::log(q) + std::log1p(-(1 - q) * std::exp(-t));
  return std::log1p(std::expm1(t) / q);
}

// Where a function that falls from above `level` at `from` passes it, going in steps of growing size to `sign`.
template <class F>
double Reach(const F& tail, double sign) {
  double inside = 0;
  double outside = sign;
  while (tail(outside) > kNegligible && std::fabs(outside) < 1e6) {
    inside = outside;
    outside *= 2;
  }
  for (int i = 0; i < 30; ++i) {
    const double middle = 0.5 * (inside + outside);
    (tail(middle) > kNegligible ? inside : outside) = middle;
  }
  return outside;
}

struct Quadrature {
  double value;
  double error;
};

// Gauss-Kronrod rule of 7 and 15 points on [a, b].
template <class F>
Quadrature GaussKronrod(const F& f, double a, double b) {
  static constexpr std::array<double, 8> kNodes = {0.991455371120812639206854697526329, 0.949107912342758524526189684047851,
                                                   0.864864423359769072789712788640926, 0.741531185599394439863864773280788,
                                                   0.586087235467691130294144691693013, 0.405845151377397166906606412076961,
                                                   0.207784955007898467600689403773245, 0.0};
  static constexpr std::array<double, 8> kWeights = {0.022935322010529224963732008058970, 0.063092092629978553290700663189204,
                                                     0.104790010322250183839876322541518, 0.140653259715525918745189590510238,
                                                     0.169004726639267902826583426598550, 0.190350578064785409913256402421014,
                                                     0.204432940075298892414161999234649, 0.209482141084727828012999174891714};
  static constexpr std::array<double, 4> kGauss = {0.129484966168869693270611432679082, 0.279705391489276667901467771423780,
                                                   0.381830050505118944950369775488975, 0.417959183673469387755102040816327};
  const double centre = 0.5 * (a + b), half = 0.5 * (b - a);
  const double middle = f(centre);
  double kronrod = middle * kWeights[7], gauss = middle * kGauss[3];
  for (std::size_t i = 0; i < 7; ++i) {
    const double pair = f(centre - half * kNodes[i]) + f(centre + half * kNodes[i]);
    kronrod += kWeights[i] * pair;
    if (i % 2 == 1) gauss += kGauss[i / 2] * pair;
  }
  return {kronrod * half, std::fabs(kronrod - gauss) * half};
}

// Integral of `f` over [a, b], halving intervals until the estimated error of each is below its share of `error`.
template <class F>
double Integrate(const F& f, double a, double b, double error, int depth = 40) {
  if (!(b > a)) return 0;
  const Quadrature whole = GaussKronrod(f, a, b);
  const double floor = 4 * std::numeric_limits<double>::epsilon() * std::fabs(whole.value);
  if (whole.error <= std::max(error, floor) || depth == 0) return whole.value;
  const double middle = 0.5 * (a + b);
  return Integrate(f, a, middle, 0.5 * error, depth - 1) + Integrate(f, middle, b, 0.5 * error, depth - 1);
}

// Mean of the loss given that it lies in [a, b], where F(b) - F(a) = `mass`.
double TruncatedMean(const PrivacyLoss& loss, double a, double b, double mass, double error) {
  const auto above = [&](double t) { return loss.Above(t); };
  const auto below = [&](double t) { return loss.Below(t); };
  const double right = Integrate(above, 0, std::min(b, loss.high()), error) - b * loss.Above(b);
  const double left = Integrate(below, std::max(a, loss.low()), 0, error) + a * loss.Below(a);
  return (right - left) / mass;
}

}  // namespace

PrivacyLoss::PrivacyLoss(double q, double sigma, Direction direction)
    : q_(q), sigma_(sigma), direction_(direction), edge_(std::log1p(-q)) {
  CHECK(q > 0 && q <= 1 && sigma > 0);
  if (direction == Direction::kAdd) edge_ = -edge_;
  low_ = Reach([this](double t) { return Below(t); }, -1);
  high_ = Reach([this](double t) { return Above(t); }, 1);
  if (direction == Direction::kRemove) low_ = std::max(low_, edge_);
  if (direction == Direction::kAdd) high_ = std::min(high_, edge_);
}

double PrivacyLoss::Below(double t) const {
  const double half = 0.5 / sigma_;
  if (direction_ == Direction::kRemove) {
    if (t <= edge_) return 0;
    const double z = sigma_ * Position(q_, t);
    return q_ * NormalBelow(z - half) + (1 - q_) * NormalBelow(z + half);
  }
  if (t >= edge_) return 1;
  return NormalBelow(-sigma_ * Position(q_, -t) - half);
}

double PrivacyLoss::Above(double t) const {
  const double half = 0.5 / sigma_;
  if (direction_ == Direction::kRemove) {
    if (t <= edge_) return 1;
    const double z = sigma_ * Position(q_, t);
    return q_ * NormalBelow(half - z) + (1 - q_) * NormalBelow(-half - z);
  }
  if (t >= edge_) return 0;
  return NormalBelow(sigma_ * Position(q_, -t) + half);
}

Result<DiscreteLoss> Discretise(const PrivacyLoss& loss, const Mesh& mesh, double mean_error) {
  const double a = mesh.Node(0), b = mesh.Node(mesh.count - 1);
  const double mass = 1 - loss.Above(b) - loss.Below(a);
  DiscreteLoss out{std::vector<double>(mesh.count, 0.0), 0};

  // Left of 0 masses are differences of Below, right of it of Above, so that neither tail loses its precision.
  const auto edge = [&](std::size_t i) { return i == 0 ? a : i == mesh.count ? b : mesh.Node(i) - 0.5 * mesh.step; };
  const auto node_of = [&](double t) {
    return static_cast<std::size_t>(std::clamp(std::round(t / mesh.step + mesh.Origin()), 0.0,
                                               static_cast<double>(mesh.count - 1)));
  };
  const std::size_t first = node_of(loss.low()), last = node_of(loss.high()), zero = mesh.count / 2 - 1;
  double previous = first <= zero ? loss.Below(edge(first)) : loss.Above(edge(first));
  double mean = 0;
  for (std::size_t i = first; i <= last; ++i) {
    const bool left = i < zero;
    const double next = left ? loss.Below(edge(i + 1)) : loss.Above(edge(i + 1));
    const double cell = left ? next - previous : i == zero ? 1 - next - previous : previous - next;
    previous = next;
    out.mass[i] = cell / mass;
    mean += mesh.Node(i) * out.mass[i];
  }
  out.shift = TruncatedMean(loss, a, b, mass, mean_error) - mean;
  if (!(std::fabs(out.shift) < 0.5 * mesh.step)) return Error(ErrorCode::kInternal, "PRV: the mesh does not keep the mean");
  return out;
}

}  // namespace cloister::privacy::internal

// Step numbers follow the description in this module's README.
#include "privacy/prv.h"

#include <algorithm>
#include <cmath>
#include <future>
#include <limits>
#include <optional>

#include "privacy/internal/fft.h"
#include "privacy/internal/privacy_loss.h"
#include "privacy/rdp.h"

namespace cloister::privacy {
namespace {

using internal::Direction;
using internal::Mesh;
using Plan = std::shared_future<internal::RealFft>;

constexpr std::size_t kMaximumNodes = std::size_t{1} << 24;

// Fewer orders than the accountant's own: the domain need only be large enough.
std::span<const double> CoarseOrders() {
  static const std::vector<double> orders = [] {
    std::vector<double> list = {1.1, 1.25, 1.5, 1.75, 2.5, 3.5};
    for (int order = 2; order <= 16; ++order) list.push_back(order);
    for (int order = 18; order <= 63; order += 3) list.push_back(order);
    return list;
  }();
  return orders;
}

double TotalSteps(std::span<const MechanismEvent> events) {
  double total = 0;
  for (const MechanismEvent& event : events) total += static_cast<double>(event.steps);
  return total;
}

// Step 2: half the width of the domain, so that truncation costs at most the delta_error that is set aside for it.
Result<double> DomainSize(std::span<const MechanismEvent> events, const PrvSettings& settings) {
  const std::span<const double> orders = CoarseOrders();
  const double single_delta = settings.delta_error / (8 * TotalSteps(events));
  std::vector<double> total(orders.size(), 0), single(orders.size(), 0);
  double size = settings.epsilon_error;
  for (const MechanismEvent& event : events) {
    for (std::size_t i = 0; i < orders.size(); ++i) {
      single[i] = RdpOfStep(event.q, event.sigma, orders[i]);
      total[i] += static_cast<double>(event.steps) * single[i];
    }
    size = std::max(size, TRY(RdpToEpsilon(orders, single, single_delta)).epsilon);
  }
  return 3 + std::max(size, TRY(RdpToEpsilon(orders, total, settings.delta_error / 4)).epsilon);
}

// Step 3.
Result<Mesh> MakeMesh(std::span<const MechanismEvent> events, const PrvSettings& settings) {
  Mesh mesh;
  mesh.step = settings.epsilon_error / std::sqrt(0.5 * TotalSteps(events) * std::log(12 / settings.delta_error));
  const double nodes = 2 * std::ceil(TRY(DomainSize(events, settings)) / mesh.step) + 2;
  if (!(nodes <= static_cast<double>(kMaximumNodes))) {
    return Error(ErrorCode::kLimit, "PRV: expected at most 2^24 nodes; ask for a larger epsilon_error");
  }
  mesh.count = 1024;
  while (static_cast<double>(mesh.count) < nodes) mesh.count *= 2;
  return mesh;
}

struct Composed {
  std::vector<double> mass;
  double shift = 0;
};

// Steps 4 to 6: every mechanism on one mesh, spectra raised and multiplied, one inverse transform, and the nodes turned back.
Result<Composed> ComposeDirection(std::span<const MechanismEvent> events, const Mesh& mesh, Direction direction,
                                  const Plan& plan) {
  const double count = TotalSteps(events);
  std::optional<internal::RealFft> fft;  // a copy of the plan
  internal::Spectrum product;
  Composed out;
  for (const MechanismEvent& event : events) {
    const internal::PrivacyLoss loss(event.q, event.sigma, direction);
    internal::DiscreteLoss discrete = TRY(Discretise(loss, mesh, 1e-8 / count));
    out.shift += static_cast<double>(event.steps) * discrete.shift;
    if (!fft) fft.emplace(plan.get());
    internal::Spectrum spectrum = fft->Forward(discrete.mass);
    out.mass = std::move(discrete.mass);  // its memory, for the inverse below
    RaiseTo(event.steps, spectrum);
    if (product.re.empty()) {
      product = std::move(spectrum);
    } else {
      MultiplyBy(spectrum, product);
    }
  }
  fft->Inverse(product, out.mass);
  // new[(j + (K-1) i0) mod n] = f[j] with i0 = 1 - n/2.
  const std::uint64_t n = mesh.count;
  const std::uint64_t turns = (static_cast<std::uint64_t>(count) - 1) % n;
  const std::uint64_t target = turns * (n + 1 - n / 2) % n;  // where f[0] goes
  std::rotate(out.mass.begin(), out.mass.end() - static_cast<std::ptrdiff_t>(target), out.mass.end());
  return out;
}

// Step 8: from the right, small terms first.
Result<PrvCurve::Tail> MakeTail(std::span<const MechanismEvent> events, const Mesh& mesh, Direction direction,
                                const Plan& plan) {
  Composed composed = TRY(ComposeDirection(events, mesh, direction, plan));
  PrvCurve::Tail tail{mesh.Node(0) + composed.shift, std::move(composed.mass), {}};
  tail.tilted.resize(mesh.count);
  const double decay = std::exp(-mesh.step);
  double mass = 0, tilted = 0;
  for (std::size_t i = mesh.count; i-- > 0;) {
    mass += tail.mass[i];
    tilted = tail.mass[i] + decay * tilted;
    tail.mass[i] = mass;
    tail.tilted[i] = tilted;
  }
  return tail;
}

Result<void> CheckSettings(const PrvSettings& settings) {
  if (!(settings.epsilon_error >= 1e-6 && settings.epsilon_error <= 10)) {
    return Error(ErrorCode::kUsage, "epsilon_error: expected 1e-6 to 10, got " + std::to_string(settings.epsilon_error));
  }
  if (settings.delta_error >= 1e-18 && settings.delta_error < 0.1) return {};
  return Error(ErrorCode::kUsage, "delta_error: expected 1e-18 to 0.1");
}

}  // namespace

Result<PrvCurve> PrvCurve::Compose(std::span<const MechanismEvent> events, const PrvSettings& settings) {
  TRY(CheckComposition(events));
  TRY(CheckSettings(settings));
  const Mesh mesh = TRY(MakeMesh(events, settings));
  PrvCurve curve(settings);
  curve.step_ = mesh.step;
  const bool symmetric = std::all_of(events.begin(), events.end(), [](const MechanismEvent& e) { return e.q == 1; });
  // The plan and the second direction are made beside the first, or after it where no thread can be had.
  constexpr auto kBeside = std::launch::async | std::launch::deferred;
  const Plan plan = std::async(kBeside, [&mesh] { return internal::RealFft(mesh.count); }).share();
  std::future<Result<Tail>> add;
  if (!symmetric) add = std::async(kBeside, [&, plan] { return MakeTail(events, mesh, Direction::kAdd, plan); });
  curve.tails_.push_back(TRY(MakeTail(events, mesh, Direction::kRemove, plan)));
  if (!symmetric) curve.tails_.push_back(TRY(add.get()));
  return curve;
}

// Step 7. delta_i = A_i - D_i falls in i; the crossing is found by bisection among the nodes right of -1.
double PrvCurve::EpsilonOf(const Tail& tail, double delta) const {
  std::size_t low = static_cast<std::size_t>(std::max(0.0, std::ceil((-1 - tail.first) / step_)));
  std::size_t high = tail.mass.size();
  if (low >= high || tail.mass[low] - tail.tilted[low] <= delta) return 0;
  while (high - low > 1) {
    const std::size_t middle = low + (high - low) / 2;
    (tail.mass[middle] - tail.tilted[middle] > delta ? low : high) = middle;
  }
  if (high == tail.mass.size()) return std::numeric_limits<double>::infinity();
  return tail.first + static_cast<double>(high) * step_ + std::log((tail.mass[high] - delta) / tail.tilted[high]);
}

double PrvCurve::DeltaOf(const Tail& tail, double epsilon) const {
  const double position = std::ceil((epsilon - tail.first) / step_);
  if (position < 0) return 1;
  if (position >= static_cast<double>(tail.mass.size())) return 0;
  const auto i = static_cast<std::size_t>(position);
  const double distance = tail.first + position * step_ - epsilon;
  return std::clamp(tail.mass[i] - std::exp(-distance) * tail.tilted[i], 0.0, 1.0);
}

Result<PrvRange> PrvCurve::Epsilon(double delta) const {
  TRY(CheckDelta(delta));
  const double room = delta - settings_.delta_error;
  if (!(room > 0) || delta + settings_.delta_error >= 1) {
    return Error(ErrorCode::kUsage, "delta: expected more than delta_error, and less than 1 with it added");
  }
  // The transform leaves independent errors of about 1e-17 a node.
  for (const Tail& tail : tails_) {
    if (1e-16 * std::sqrt(static_cast<double>(tail.mass.size())) > 1e-3 * room) {
      return Error(ErrorCode::kUsage, "delta: too small for double precision at this mesh");
    }
  }
  PrvRange worst;
  for (const Tail& tail : tails_) {
    worst.lower = std::max(worst.lower, EpsilonOf(tail, delta + settings_.delta_error) - settings_.epsilon_error);
    worst.estimate = std::max(worst.estimate, EpsilonOf(tail, delta));
    worst.upper = std::max(worst.upper, EpsilonOf(tail, room) + settings_.epsilon_error);
  }
  if (std::isfinite(worst.upper)) return worst;
  return Error(ErrorCode::kInternal, "PRV: the domain does not reach the delta that was asked for");
}

Result<PrvRange> PrvCurve::Delta(double epsilon) const {
  if (!(epsilon >= 0)) return Error(ErrorCode::kUsage, "epsilon: expected 0 or more, got " + std::to_string(epsilon));
  PrvRange worst;
  for (const Tail& tail : tails_) {
    worst.lower = std::max(worst.lower, DeltaOf(tail, epsilon + settings_.epsilon_error) - settings_.delta_error);
    worst.estimate = std::max(worst.estimate, DeltaOf(tail, epsilon));
    worst.upper = std::max(worst.upper, DeltaOf(tail, epsilon - settings_.epsilon_error) + settings_.delta_error);
  }
  worst.upper = std::min(worst.upper, 1.0);
  return worst;
}

Result<PrvRange> PrvEpsilon(std::span<const MechanismEvent> events, double delta, PrvSettings settings) {
  TRY(CheckDelta(delta));
  if (settings.delta_error == 0) settings.delta_error = delta / 1000;
  return TRY(PrvCurve::Compose(events, settings)).Epsilon(delta);
}

Result<PrvRange> PrvDelta(std::span<const MechanismEvent> events, double epsilon, const PrvSettings& settings) {
  return TRY(PrvCurve::Compose(events, settings)).Delta(epsilon);
}

}  // namespace cloister::privacy

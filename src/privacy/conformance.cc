#include "privacy/conformance.h"

#include <algorithm>
#include <cmath>
#include <sstream>

#include "privacy/calibrate.h"
#include "privacy/rdp.h"

namespace cloister::privacy {
namespace {

using formats::Json;

std::string Text(double value) {
  std::ostringstream out;
  out.precision(12);
  out << value;
  return out.str();
}

// Empty where |got - expected| <= tolerance.
std::string Compare(std::string_view what, double got, double expected, double tolerance) {
  if (std::fabs(got - expected) <= tolerance) return {};
  return std::string(what) + ": expected " + Text(expected) + " within " + Text(tolerance) + ", got " + Text(got);
}

Result<Composition> Mechanisms(const Json& row) {
  Composition events;
  for (const Json& entry : *TRY(row.GetArray("mechanisms"))) {
    const std::int64_t steps = TRY(entry.GetIntIn("steps", 1, static_cast<std::int64_t>(kMaximumSteps)));
    const double sigma = TRY(entry.GetNumber("sigma"));
    const double q = TRY(entry.GetNumber("q"));
    events.push_back({MechanismKind::kSubsampledGaussian, sigma, q, static_cast<std::uint64_t>(steps)});
  }
  return events;
}

Result<std::string> RunRdp(const Json& row) {
  const Composition events = TRY(Mechanisms(row));
  const double delta = TRY(row.GetNumber("delta"));
  const RdpBound bound = TRY(RdpEpsilon(events, delta));
  const std::string epsilon = Compare("epsilon", bound.epsilon, TRY(row.GetNumber("epsilon")), TRY(row.GetNumber("abs_tol")));
  if (!epsilon.empty() || row.Find("optimal_order") == nullptr) return epsilon;
  return Compare("order", bound.order, TRY(row.GetNumber("optimal_order")), 1e-9);
}

Result<PrvRange> RunPrv(const Json& row) {
  const PrvSettings settings{TRY(row.GetNumber("eps_error")), TRY(row.GetNumber("delta_error"))};
  const Composition events = TRY(Mechanisms(row));
  return PrvEpsilon(events, TRY(row.GetNumber("delta")), settings);
}

Result<std::string> RunPrvEpsilon(const Json& row) {
  const PrvRange range = TRY(RunPrv(row));
  const double estimate = TRY(row.GetNumber("epsilon_estimate"));
  std::string wrong = Compare("estimate", range.estimate, estimate, TRY(row.GetNumber("abs_tol")));
  if (!wrong.empty()) return wrong;
  const double highest = TRY(row.GetNumber("epsilon_upper")) + 1e-3;
  if (!(range.upper >= estimate - 1e-3 && range.upper <= highest)) return "upper end: got " + Text(range.upper);
  const auto exact = TRY(row.FindNumber("exact_analytic_gaussian"));
  return exact ? Compare("estimate against the exact value", range.estimate, *exact, 1e-5) : std::string();
}

Result<std::string> RunPrvUpper(const Json& row) {
  const PrvRange range = TRY(RunPrv(row));
  return Compare("upper end", range.upper, TRY(row.GetNumber("epsilon")), TRY(row.GetNumber("abs_tol")));
}

Result<std::string> RunCalibrate(const Json& row) {
  const std::string name = TRY(row.GetString("accountant"));
  if (name != "rdp" && name != "prv") return Error(ErrorCode::kUnsupported, "accountant: expected rdp or prv");
  const std::int64_t steps = TRY(row.GetIntIn("steps", 1, static_cast<std::int64_t>(kMaximumSteps)));
  const Accountant accountant = name == "rdp" ? Accountant::kRdp : Accountant::kPrv;
  const double target = TRY(row.GetNumber("target_epsilon"));
  const double delta = TRY(row.GetNumber("delta"));
  const double q = TRY(row.GetNumber("q"));
  const double sigma = TRY(CalibrateSigma(accountant, target, delta, q, static_cast<std::uint64_t>(steps)));
  return Compare("sigma", sigma, TRY(row.GetNumber("sigma")), 1e-3);
}

// orders is "FIRST..LAST", whole numbers.
Result<std::string> RunConversion(const Json& row) {
  const std::string range = TRY(row.GetString("orders"));
  int first = 0, last = 0;
  char dot1 = 0, dot2 = 0;
  std::istringstream in(range);
  if (!(in >> first >> dot1 >> dot2 >> last) || dot1 != '.' || dot2 != '.' || first < 2 || last > 1000) {
    return Error(ErrorCode::kMalformed, "orders: expected FIRST..LAST");
  }
  std::vector<double> orders;
  for (int order = first; order <= last; ++order) orders.push_back(order);
  const std::vector<double> rdp(orders.size(), TRY(row.GetNumber("rdp_constant")));
  const double delta = TRY(row.GetNumber("delta"));
  const RdpBound bound = TRY(RdpToEpsilon(orders, rdp, delta));
  const std::string epsilon = Compare("epsilon", bound.epsilon, TRY(row.GetNumber("epsilon")), TRY(row.GetNumber("abs_tol")));
  if (!epsilon.empty()) return epsilon;
  return Compare("order", bound.order, TRY(row.GetNumber("optimal_order")), 1e-9);
}

struct Kind {
  std::string_view name;
  Result<std::string> (*run)(const Json&);  // empty text: passed
  std::string_view skip;                    // where run is null
};

constexpr Kind kKinds[] = {
    {"rdp_epsilon", RunRdp, ""},
    {"prv_epsilon", RunPrvEpsilon, ""},
    {"prv_epsilon_upper", RunPrvUpper, ""},
    {"calibrate_sigma", RunCalibrate, ""},
    {"rdp_to_dp", RunConversion, ""},
    {"gdp_epsilon_range", nullptr, "the central limit value is no bound, so it is not implemented"},
    {"exponential_mechanism_rdp", nullptr, "no exponential mechanism is implemented"},
};

}  // namespace

Result<RowReport> RunAccountingRow(const Json& row) {
  RowReport report;
  report.id = TRY(row.GetString("id"));
  report.kind = TRY(row.GetString("kind"));
  const auto* const kind = std::find_if(std::begin(kKinds), std::end(kKinds),
                                        [&](const Kind& candidate) { return candidate.name == report.kind; });
  if (kind == std::end(kKinds)) return Error(ErrorCode::kUnsupported, "row " + report.id + ": unknown kind");
  if (kind->run == nullptr) {
    report.outcome = RowOutcome::kSkipped;
    report.reason = kind->skip;
    return report;
  }
  report.reason = TRY_WITH("row " + report.id, kind->run(row));
  report.outcome = report.reason.empty() ? RowOutcome::kPass : RowOutcome::kFail;
  return report;
}

Result<std::vector<RowReport>> RunAccountingVectors(const Json& file) {
  std::vector<RowReport> reports;
  for (const Json& row : *TRY(file.GetArray("rows"))) reports.push_back(TRY(RunAccountingRow(row)));
  return reports;
}

}  // namespace cloister::privacy

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "base/file.h"
#include "privacy/calibrate.h"
#include "privacy/conformance.h"
#include "privacy/rdp.h"

namespace cloister::privacy {
namespace {

MechanismEvent Event(double sigma, double q, std::uint64_t steps) {
  return {MechanismKind::kSubsampledGaussian, sigma, q, steps};
}

double ExactGaussianDelta(double sigma, double epsilon) {
  const auto normal = [](double x) { return 0.5 * std::erfc(-x * M_SQRT1_2); };
  return normal(0.5 / sigma - epsilon * sigma) - std::exp(epsilon) * normal(-0.5 / sigma - epsilon * sigma);
}

TEST(Accounting, ReproducesThePublishedVectors) {
  const std::filesystem::path path = CLOISTER_SHARED_DIR "/vectors/dp/accounting.json";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << "vectors/dp/accounting.json is not here";
  const auto text = ReadTextFile(path, std::size_t{1} << 20);
  ASSERT_TRUE(text);
  const auto json = formats::Json::Parse(*text);
  ASSERT_TRUE(json);
  const auto reports = RunAccountingVectors(*json);
  ASSERT_TRUE(reports) << reports.error().ToText();
  std::size_t passed = 0;
  std::vector<std::string> skipped;
  for (const RowReport& row : *reports) {
    EXPECT_NE(row.outcome, RowOutcome::kFail) << row.id << ": " << row.reason;
    if (row.outcome == RowOutcome::kPass) ++passed;
    if (row.outcome == RowOutcome::kSkipped) skipped.push_back(row.id);
  }
  EXPECT_EQ(passed, reports->size() - 2);
  EXPECT_EQ(skipped, (std::vector<std::string>{"dp-062", "dp-070"}));
}

TEST(Accounting, RefusesARowOfUnknownKind) {
  const auto row = formats::Json::Parse(R"({"id":"x","kind":"laplace_epsilon"})");
  ASSERT_TRUE(row);
  const auto report = RunAccountingRow(*row);
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code(), ErrorCode::kUnsupported);
}

TEST(Prv, RefusesSettingsThatMakeNoSense) {
  const MechanismEvent event = Event(1, 0.1, 10);
  EXPECT_FALSE(PrvEpsilon({&event, 1}, 0));
  EXPECT_FALSE(PrvEpsilon({&event, 1}, 1));
  EXPECT_FALSE(PrvEpsilon({&event, 1}, 1e-5, {0, 1e-8}));
  EXPECT_FALSE(PrvEpsilon({&event, 1}, 1e-5, {0.01, 1e-5}));  // nothing is left of delta
  EXPECT_FALSE(PrvEpsilon({}, 1e-5));
  const MechanismEvent huge = Event(0.5, 0.5, kMaximumSteps);
  const auto range = PrvEpsilon({&huge, 1}, 1e-5, {1e-5, 1e-8});
  ASSERT_FALSE(range);
  EXPECT_EQ(range.error().code(), ErrorCode::kLimit);
}

TEST(Prv, EnclosesTheExactValueOfTheGaussianMechanism) {
  for (const double sigma : {0.7, 2.0, 8.0}) {
    for (const std::uint64_t steps : {1, 16}) {
      const MechanismEvent event = Event(sigma * std::sqrt(static_cast<double>(steps)), 1, steps);
      const auto curve = PrvCurve::Compose({&event, 1}, {0.002, 1e-9});
      ASSERT_TRUE(curve);
      for (const double delta : {1e-3, 1e-6}) {
        const auto range = curve->Epsilon(delta);
        ASSERT_TRUE(range);
        EXPECT_GT(ExactGaussianDelta(sigma, range->lower), delta * 0.999);
        EXPECT_NEAR(ExactGaussianDelta(sigma, range->estimate) / delta, 1, 2e-4);
        EXPECT_LE(ExactGaussianDelta(sigma, range->upper), delta);
      }
      const auto delta = curve->Delta(0.5);
      ASSERT_TRUE(delta);
      EXPECT_NEAR(delta->estimate, ExactGaussianDelta(sigma, 0.5), 1e-6);
      EXPECT_LE(delta->lower, delta->estimate);
      EXPECT_GE(delta->upper, delta->estimate);
    }
  }
}

TEST(Prv, IsTighterThanRdpAndGrowsWithEachStep) {
  double previous = 0;
  for (const std::uint64_t steps : {1, 10, 100, 1000}) {
    const MechanismEvent event = Event(1, 0.01, steps);
    const auto prv = PrvEpsilon({&event, 1}, 1e-5);
    const auto rdp = RdpEpsilon({&event, 1}, 1e-5);
    ASSERT_TRUE(prv && rdp);
    EXPECT_LT(prv->upper, rdp->epsilon);
    EXPECT_GT(prv->estimate, previous);
    previous = prv->estimate;
  }
}

TEST(Prv, SplittingAListOfEqualStepsChangesNothing) {
  const Composition whole = {Event(1.2, 0.02, 500)};
  const Composition parts = {Event(1.2, 0.02, 200), Event(1.2, 0.02, 299), Event(1.2, 0.02, 1)};
  const auto a = PrvEpsilon(whole, 1e-6);
  const auto b = PrvEpsilon(parts, 1e-6);
  ASSERT_TRUE(a && b);
  EXPECT_NEAR(a->upper, b->upper, 1e-9);
}

TEST(CalibrateRun, StaysWithinTheBudgetAndWastesNothing) {
  const Composition validation = {Event(12, 1, 1), Event(20, 1, 1)};
  for (const RunBudget& budget : {RunBudget{0.5, 1e-5}, RunBudget{1, 1e-5}, RunBudget{8, 1e-6}}) {
    for (const double q : {0.05, 1.0}) {
      const auto run = CalibrateRun(budget, q, 40, validation);
      ASSERT_TRUE(run) << run.error().ToText();
      ASSERT_EQ(run->mechanisms.size(), 3U);
      EXPECT_LE(run->epsilon, budget.epsilon);
      EXPECT_GE(run->epsilon, 0.998 * budget.epsilon);
      const auto again = PrvEpsilon(run->mechanisms, budget.delta, run->settings);
      ASSERT_TRUE(again);
      EXPECT_DOUBLE_EQ(again->upper, run->epsilon);
      Composition less = run->mechanisms;
      less[0].sigma *= 0.99;
      const auto more = PrvEpsilon(less, budget.delta, run->settings);
      ASSERT_TRUE(more);
      EXPECT_GT(more->upper, run->epsilon);
    }
  }
}

TEST(CalibrateRun, RefusesABudgetThatTheRestUsesUp) {
  const Composition validation = {Event(1, 1, 1)};
  const auto run = CalibrateRun({1, 1e-5}, 0.1, 100, validation);
  ASSERT_FALSE(run);
  EXPECT_EQ(run.error().code(), ErrorCode::kExhausted);
  for (const RunBudget& bad : {RunBudget{0, 1e-5}, RunBudget{-1, 1e-5}, RunBudget{1, 0}, RunBudget{1, 1},
                               RunBudget{std::nan(""), 1e-5}, RunBudget{1, std::nan("")}}) {
    EXPECT_FALSE(CalibrateRun(bad, 0.1, 100, {}));
  }
}

TEST(CalibrateBeside, CostsNoMoreThanTheRunAtAnyDelta) {
  for (const double q : {0.02, 0.3, 1.0}) {
    const auto run = CalibrateRun({1, 1e-5}, q, 50, {});
    ASSERT_TRUE(run);
    const auto sigma = CalibrateBeside(*run);
    ASSERT_TRUE(sigma) << sigma.error().ToText();
    const auto curve = PrvCurve::Compose(run->mechanisms, run->settings);
    ASSERT_TRUE(curve);
    for (const double delta : {1e-7, 1e-6, 1e-5, 1e-4, 1e-3}) {
      const auto of_run = curve->Epsilon(delta);
      ASSERT_TRUE(of_run);
      EXPECT_LE(ExactGaussianDelta(*sigma, of_run->upper), delta);
    }
    EXPECT_LE(ExactGaussianDelta(*sigma, 1), 1e-5);
    if (q == 1) {
      EXPECT_NEAR(*sigma, run->mechanisms[0].sigma / std::sqrt(50.0), 0.1);
    }
  }
}

}  // namespace
}  // namespace cloister::privacy

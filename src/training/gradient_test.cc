// Gradients against finite differences, and clipped sums against one row at a time.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>

#include "training/dp_sgd.h"
#include "training/internal/gemm.h"

namespace cloister::training {
namespace {

constexpr double kNoClip = std::numeric_limits<double>::infinity();

struct Fixture {
  std::vector<float> rows;
  std::vector<std::uint32_t> labels;
  std::vector<std::uint32_t> persons;
  DatasetView view;
  Model model;

  Fixture(std::size_t count, std::size_t columns, std::vector<std::uint32_t> hidden, std::uint32_t classes)
      : model(MakeModel(columns, std::move(hidden), classes)) {
    crypto::DeterministicRandom random(11);
    privacy::GaussianNoise noise(random);
    for (std::size_t i = 0; i < count * columns; ++i) rows.push_back(static_cast<float>(noise.Noisy(0.5, 1)));
    for (std::size_t i = 0; i < count; ++i) labels.push_back(static_cast<std::uint32_t>(i * 7 % classes));
    view = {{rows.data(), count, columns}, labels, {}};
  }
  static Model MakeModel(std::size_t columns, std::vector<std::uint32_t> hidden, std::uint32_t classes) {
    crypto::DeterministicRandom random(12);
    const std::vector<FeatureBounds> features(columns, FeatureBounds{"x", -3, 3, std::nullopt});
    auto scaling = InputScaling::Create(features, 0.4);
    auto made = Model::Create({columns, std::move(hidden), classes == 2 ? 1 : classes,
                               classes == 2 ? Loss::kSigmoid : Loss::kSoftmax}, *std::move(scaling), random);
    privacy::GaussianNoise noise(random);
    for (float& value : made->mutable_parameters()) value += static_cast<float>(noise.Noisy(0, 0.3));
    return *std::move(made);
  }
  std::vector<std::uint32_t> Everyone() const {
    std::vector<std::uint32_t> all(view.PersonCount());
    std::iota(all.begin(), all.end(), 0);
    return all;
  }
  double TotalLoss() {
    internal::Backprop pass(model);
    for (std::size_t i = 0; i < view.features.rows; ++i) model.scaling().Apply(view.features.Row(i), pass.InputRow(i));
    pass.Forward(model.parameters(), view.features.rows);
    std::vector<float> losses(labels.size());
    pass.Losses(labels, losses);
    return std::accumulate(losses.begin(), losses.end(), 0.0);
  }
  std::vector<double> SumOf(std::span<const std::uint32_t> chosen, double clip, double bias_input) {
    ClippedGradients gradients(model, view, clip, bias_input);
    const auto sum = gradients.Sum(model, chosen);
    return {sum.begin(), sum.end()};
  }
};

double Norm(std::span<const double> values) {
  return std::sqrt(std::inner_product(values.begin(), values.end(), values.begin(), 0.0));
}

TEST(Gemm, AgreesWithTheDefinitionForAllTurns) {
  for (const std::size_t size : {3, 40}) {  // the plain loop, and the library
    const std::size_t m = size, n = size + 1, k = size + 2;
    std::vector<float> a(m * k), b(k * n);
    for (std::size_t i = 0; i < a.size(); ++i) a[i] = static_cast<float>(std::sin(static_cast<double>(i)));
    for (std::size_t i = 0; i < b.size(); ++i) b[i] = static_cast<float>(std::cos(static_cast<double>(i) * 1.3));
    for (const auto turn_a : {internal::Turn::kNo, internal::Turn::kYes}) {
      for (const auto turn_b : {internal::Turn::kNo, internal::Turn::kYes}) {
        for (const bool add : {false, true}) {
          std::vector<float> c(m * n, 0.5F);
          internal::Multiply(turn_a, turn_b, m, n, k, a.data(), b.data(), add, c.data());
          for (std::size_t i = 0; i < m; ++i) {
            for (std::size_t j = 0; j < n; ++j) {
              double expected = add ? 0.5 : 0;
              for (std::size_t p = 0; p < k; ++p) {
                expected += static_cast<double>(turn_a == internal::Turn::kYes ? a[p * m + i] : a[i * k + p]) *
                            static_cast<double>(turn_b == internal::Turn::kYes ? b[j * k + p] : b[p * n + j]);
              }
              EXPECT_NEAR(c[i * n + j], expected, 1e-4);
            }
          }
        }
      }
    }
  }
}

TEST(Backprop, AgreesWithFiniteDifferences) {
  for (const std::uint32_t classes : {2, 4}) {
    for (const std::vector<std::uint32_t>& hidden : {std::vector<std::uint32_t>{}, {7}, {8, 5}}) {
      Fixture f(20, 6, hidden, classes);
      const std::vector<double> sum = f.SumOf(f.Everyone(), kNoClip, 1);
      const auto parameters = f.model.mutable_parameters();
      std::size_t wrong = 0;
      for (std::size_t i = 0; i < parameters.size(); ++i) {
        const float old = parameters[i];
        constexpr float kStep = 1e-3F;
        parameters[i] = old + kStep;
        const double above = f.TotalLoss();
        parameters[i] = old - kStep;
        const double below = f.TotalLoss();
        parameters[i] = old;
        wrong += std::fabs(sum[i] - (above - below) / (2 * kStep)) > 8e-3 + 5e-3 * std::fabs(sum[i]) ? 1 : 0;
      }
      // A step may turn a unit of ReLU on or off, where no derivative exists: a few of the parameters may see that.
      EXPECT_LE(wrong, hidden.empty() ? 0 : parameters.size() / 20) << classes << " classes, " << hidden.size() << " hidden";
      EXPECT_GT(Norm(sum), 1);
    }
  }
}

TEST(ClippedGradients, EqualTheSumOfRowsClippedOneAtATime) {
  for (const double bias_input : {1.0, 0.25}) {
    Fixture f(1500, 20, {32, 16}, 3);  // more rows than one chunk
    const double clip = 0.7;
    const std::vector<double> together = f.SumOf(f.Everyone(), clip, bias_input);
    std::vector<double> expected(together.size());
    std::size_t cut = 0;
    for (std::uint32_t person = 0; person < f.view.PersonCount(); ++person) {
      const std::vector<double> one = f.SumOf({&person, 1}, kNoClip, bias_input);
      const double norm = Norm(one);
      const double factor = norm > clip ? clip / norm : 1;
      cut += norm > clip ? 1 : 0;
      for (std::size_t i = 0; i < one.size(); ++i) expected[i] += factor * one[i];
      EXPECT_LE(Norm(f.SumOf({&person, 1}, clip, bias_input)), clip);
    }
    EXPECT_GT(cut, 100U);
    EXPECT_LT(cut, 1500U);
    std::vector<double> difference(together.size());
    for (std::size_t i = 0; i < together.size(); ++i) difference[i] = together[i] - expected[i];
    // The margin of 1e-5 below the clip is on purpose; the arithmetic itself is off by less.
    EXPECT_LT(Norm(difference) / Norm(expected), 1.2e-5);
  }
}

TEST(ClippedGradients, AreExactToAMillionthWhereEveryRowIsCut) {
  Fixture f(300, 20, {32}, 2);
  const double clip = 1e-3;
  const std::vector<double> together = f.SumOf(f.Everyone(), clip, 1);
  std::vector<double> expected(together.size());
  for (std::uint32_t person = 0; person < 300; ++person) {
    const std::vector<double> one = f.SumOf({&person, 1}, kNoClip, 1);
    ASSERT_GT(Norm(one), clip);
    for (std::size_t i = 0; i < one.size(); ++i) expected[i] += (1 - 1e-5) * clip / Norm(one) * one[i];
  }
  for (std::size_t i = 0; i < together.size(); ++i) EXPECT_NEAR(together[i], expected[i], 1e-6);
}

TEST(ClippedGradients, OnePersonAddsAtMostTheClipHoweverManyRowsItHas) {
  Fixture f(60, 5, {}, 2);
  for (std::uint32_t i = 0; i < 60; ++i) {
    f.persons.push_back(i < 40 ? 0 : i - 39);  // person 0 has 40 rows
    f.labels[i] = i < 40 ? 1 : f.labels[i];
  }
  f.view.persons = f.persons;
  ASSERT_EQ(f.view.PersonCount(), 21U);
  const std::vector<double> all = f.SumOf(f.Everyone(), 0.1, 1);
  std::vector<std::uint32_t> others = f.Everyone();
  others.erase(others.begin());
  const std::vector<double> without = f.SumOf(others, 0.1, 1);
  std::vector<double> difference(all.size());
  for (std::size_t i = 0; i < all.size(); ++i) difference[i] = all[i] - without[i];
  EXPECT_LE(Norm(difference), 0.1);
  EXPECT_GT(Norm(difference), 0.05);
}

TEST(ClippedGradients, ARowThatOverflowsAddsNothing) {
  Fixture f(10, 4, {6}, 2);
  for (float& value : f.model.mutable_parameters()) value *= 1e30F;
  for (const double value : f.SumOf(f.Everyone(), 0.5, 1)) EXPECT_TRUE(std::isfinite(value));
}

}  // namespace
}  // namespace cloister::training

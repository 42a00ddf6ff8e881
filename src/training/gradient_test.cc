// Gradients against finite differences, and clipped sums against one row at a time.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "training/dp_sgd.h"

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
    internal::Backprop pass(model, internal::KernelsFor(BestVectorPath()));
    pass.SetParameters(model.parameters());
    for (std::size_t i = 0; i < view.features.rows; ++i) pass.SetInput(i, view.features.Row(i));
    pass.Forward(0, view.features.rows);
    std::vector<float> losses(labels.size());
    pass.Losses(0, labels, losses);
    return std::accumulate(losses.begin(), losses.end(), 0.0);
  }
  std::vector<double> SumOf(std::span<const std::uint32_t> chosen, double clip, double bias_input, const Engine& engine = {}) {
    return ClippedGradients(model, view, clip, bias_input, engine).Sum(model, chosen);
  }
};

std::vector<VectorPath> Paths() {
  std::vector<VectorPath> paths;
  for (const VectorPath path : {VectorPath::kPortable, VectorPath::kAvx2, VectorPath::kAvx512}) {
    if (Supports(path)) paths.push_back(path);
  }
  return paths;
}

double Norm(std::span<const double> values) {
  return std::sqrt(std::inner_product(values.begin(), values.end(), values.begin(), 0.0));
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

// One row through one layer after the other in double precision, straight from the definition, and cut to `clip`.
class Oracle {
 public:
  Oracle(const Model& model, double bias_input) : model_(model), bias_input_(bias_input) {}

  std::vector<double> Gradient(std::span<const float> raw, std::uint32_t label) const {
    std::vector<std::vector<double>> activations{Scaled(raw)};
    const auto layers = model_.layers();
    for (std::size_t l = 0; l < layers.size(); ++l) {
      std::vector<double> out(layers[l].outputs);
      for (std::size_t o = 0; o < out.size(); ++o) {
        out[o] = At(layers[l].bias + o);
        for (std::size_t i = 0; i < layers[l].inputs; ++i) out[o] += Weight(layers[l], o, i) * activations[l][i];
        if (l + 1 < layers.size()) out[o] = std::max(out[o], 0.0);
      }
      activations.push_back(std::move(out));
    }
    std::vector<double> g = OutputGradient(activations.back(), label), sum(model_.parameters().size());
    for (std::size_t l = layers.size(); l-- > 0;) {
      std::vector<double> back(layers[l].inputs);
      for (std::size_t o = 0; o < g.size(); ++o) {
        sum[layers[l].bias + o] = g[o] * bias_input_;
        for (std::size_t i = 0; i < back.size(); ++i) {
          sum[layers[l].weight + o * back.size() + i] = g[o] * activations[l][i];
          if (activations[l][i] > 0) back[i] += g[o] * Weight(layers[l], o, i);
        }
      }
      g = std::move(back);
    }
    return sum;
  }

 private:
  double At(std::size_t i) const { return static_cast<double>(model_.parameters()[i]); }
  double Weight(const Layer& layer, std::size_t o, std::size_t i) const { return At(layer.weight + o * layer.inputs + i); }
  std::vector<double> Scaled(std::span<const float> raw) const {
    const InputScaling& s = model_.scaling();
    std::vector<double> out;
    for (std::size_t i = 0; i < raw.size(); ++i) {
      out.push_back((std::clamp(raw[i], s.low()[i], s.high()[i]) - s.low()[i]) / (s.high()[i] - s.low()[i]) - s.centre()[i]);
    }
    return out;
  }
  std::vector<double> OutputGradient(std::vector<double> logits, std::uint32_t label) const {
    if (logits.size() == 1) return {1 / (1 + std::exp(-logits[0])) - label};
    double total = 0;
    for (double& logit : logits) total += logit = std::exp(logit);
    for (double& logit : logits) logit /= total;
    logits[label] -= 1;
    return logits;
  }

  const Model& model_;
  double bias_input_;
};

TEST(ClippedGradients, EqualTheSumOfRowsClippedOneAtATimeOnEachPath) {
  for (const std::uint32_t classes : {2, 3, 40}) {
    for (const double bias_input : {1.0, 0.25}) {
      Fixture f(1500, 37, {70, 16}, classes);  // more rows than one chunk; no width a multiple of anything
      const Oracle oracle(f.model, bias_input);
      const double clip = Norm(oracle.Gradient(f.view.features.Row(7), f.labels[7])) * 0.99;  // of one row: some are cut, some not
      std::vector<double> expected(f.model.parameters().size());
      std::size_t cut = 0;
      for (std::size_t row = 0; row < f.view.features.rows; ++row) {
        const std::vector<double> one = oracle.Gradient(f.view.features.Row(row), f.labels[row]);
        const double limit = clip * (1 - 1e-5);  // the margin for what single precision is off by
        cut += Norm(one) > limit ? 1 : 0;
        const double factor = std::min(1.0, limit / Norm(one));
        for (std::size_t i = 0; i < one.size(); ++i) expected[i] += factor * one[i];
      }
      EXPECT_GT(cut, 100U);
      EXPECT_LT(cut, 1400U);
      for (const VectorPath path : Paths()) {
        const std::vector<double> together = f.SumOf(f.Everyone(), clip, bias_input, {path, 2});
        std::vector<double> difference(together.size());
        for (std::size_t i = 0; i < together.size(); ++i) difference[i] = together[i] - expected[i];
        EXPECT_LT(Norm(difference) / Norm(expected), 3e-6) << Name(path) << " " << classes;
      }
    }
  }
}

TEST(ClippedGradients, NoPersonAddsMoreThanTheClipOnAnyPath) {
  Fixture f(300, 37, {70, 16}, 3);
  for (const VectorPath path : Paths()) {
    ClippedGradients gradients(f.model, f.view, 0.2, 0.5, {path, 1});
    for (std::uint32_t person = 0; person < 300; ++person) EXPECT_LE(Norm(gradients.Sum(f.model, {&person, 1})), 0.2);
  }
}

TEST(ClippedGradients, AreTheSameToTheLastBitWithAnyNumberOfThreads) {
  for (const std::size_t rows : {1, 31, 270, 2500}) {
    Fixture f(rows, 100, {256, 64}, 10);
    for (const VectorPath path : Paths()) {
      const std::vector<double> one = f.SumOf(f.Everyone(), 0.7, 1, {path, 1});
      for (int again = 0; again < 3; ++again) {
        EXPECT_EQ(f.SumOf(f.Everyone(), 0.7, 1, {path, 2}), one);
        EXPECT_EQ(f.SumOf(f.Everyone(), 0.7, 1, {path, 5}), one);
      }
    }
  }
}

TEST(DpSgd, GivesTheSameModelWithOneThreadAndWithTwoFromTheSameSeed) {
  TrainingPlan plan;
  plan.hidden = {64, 40};
  plan.classes = 5;
  plan.loss = Loss::kSoftmax;
  plan.steps = 20;
  plan.expected_batch = 300;
  plan.clip = 0.5;
  plan.learning_rate = 0.5;
  plan.momentum = 0.9;
  plan.averaging = 0.3;
  plan.bias_input = 0.5;
  std::vector<std::vector<float>> of_path;
  for (const VectorPath path : Paths()) {
    std::vector<std::vector<float>> made;
    for (const int threads : {1, 2, 3}) {
      Fixture f(3000, 33, plan.hidden, plan.classes);
      crypto::DeterministicRandom random(77);
      DpSgd descent(plan, 0.1, 300, 0.8, f.view, f.model, random, {path, threads});
      for (std::uint32_t step = 0; step < plan.steps; ++step) descent.Step();
      descent.Finish();
      made.emplace_back(f.model.parameters().begin(), f.model.parameters().end());
    }
    EXPECT_EQ(made[0], made[1]);
    EXPECT_EQ(made[0], made[2]);
    of_path.push_back(std::move(made[0]));
  }
  // The paths differ in the last bits, which twenty steps make larger; the noise is the same, up to single cells of its grid.
  for (const auto& parameters : of_path) {
    double square = 0, total = 0;
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      square += std::pow(static_cast<double>(parameters[i]) - of_path[0][i], 2);
      total += std::pow(static_cast<double>(of_path[0][i]), 2);
    }
    EXPECT_LT(std::sqrt(square / total), 1e-3);
  }
}

TEST(DpSgd, AddsNoiseOfTheRightSizeToEveryParameter) {
  TrainingPlan plan;
  plan.hidden = {70};
  plan.classes = 3;
  plan.loss = Loss::kSoftmax;
  plan.steps = 1;
  plan.expected_batch = 1;
  plan.clip = 1e-6;
  plan.learning_rate = 1;
  plan.momentum = 0;
  plan.averaging = 0;
  plan.bias_input = 1;
  for (const VectorPath path : Paths()) {
    Fixture f(10, 300, plan.hidden, plan.classes);
    const std::vector<float> before(f.model.parameters().begin(), f.model.parameters().end());
    crypto::DeterministicRandom random(78);
    DpSgd descent(plan, 1e-9, 1, 1e6, f.view, f.model, random, {path, 2});  // sigma * clip = 1, and nobody is sampled
    descent.Step();
    double mean = 0, square = 0, smallest = 1;
    for (std::size_t i = 0; i < before.size(); ++i) {
      const double moved = static_cast<double>(before[i]) - static_cast<double>(f.model.parameters()[i]);
      mean += moved;
      square += moved * moved;
      smallest = std::min(smallest, std::fabs(moved));
    }
    const double n = static_cast<double>(before.size());
    EXPECT_NEAR(mean / n, 0, 4.5 / std::sqrt(n));
    EXPECT_NEAR(square / n, 1, 4.5 * std::sqrt(2 / n));
    EXPECT_LT(smallest, 1e-3);
    std::size_t untouched = 0;  // a number may round to zero, once in 10000
    for (std::size_t i = 0; i < before.size(); ++i) untouched += before[i] == f.model.parameters()[i] ? 1 : 0;
    EXPECT_LT(untouched, 15U);
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

#include "training/train.h"

#include <gtest/gtest.h>

#include <cmath>

#include "privacy/noise.h"

namespace cloister::training {
namespace {

using formats::Json;

constexpr std::string_view kPlan = R"({"type":"training-plan/v1","model":{"hidden":[],"classes":2,"loss":"sigmoid"},
  "steps":20,"expected_batch":"all","clip":0.25,"learning_rate":8,"schedule":"constant","momentum":0.5,"averaging":0.5,
  "bias_input":0.25,"centre":0.5,"validation":{"loss":false,"loss_bound":4}})";

TrainingPlan GoodPlan() {
  const auto plan = TrainingPlan::FromJson(*Json::Parse(kPlan));
  CHECK(plan);
  return *plan;
}

// Two classes, one on either side of a plane through the middle; 5 columns, of which 2 matter.
struct Synthetic {
  std::vector<float> rows;
  std::vector<std::uint32_t> labels;
  std::vector<FeatureBounds> features = std::vector<FeatureBounds>(5, FeatureBounds{"x", -4, 4, std::nullopt});
  DatasetView view;

  Synthetic(std::uint64_t seed, std::size_t count) {
    crypto::DeterministicRandom random(seed);
    privacy::GaussianNoise noise(random);
    for (std::size_t i = 0; i < count; ++i) {
      std::vector<double> row(5);
      noise.Fill(row);
      labels.push_back(row[0] + 0.5 * row[1] > 0 ? 1 : 0);
      for (const double value : row) rows.push_back(static_cast<float>(value));
    }
    view = {{rows.data(), count, 5}, labels, {}};
  }
};

TrainingTerms Terms(std::uint64_t persons) {
  return {.contract = "00ff", .epsilon = 1, .delta = 1e-5, .train_persons = persons, .max_rows_per_person = 1, .threads = 1};
}

double Accuracy(const Model& model, const DatasetView& data) {
  const auto classes = model.Classify(data.features);
  CHECK(classes);
  std::size_t right = 0;
  for (std::size_t i = 0; i < classes->size(); ++i) right += (*classes)[i] == data.labels[i] ? 1 : 0;
  return static_cast<double>(right) / static_cast<double>(classes->size());
}

TEST(TrainingPlan, RefusesAMemberThatIsMissingUnknownOrOutOfRange) {
  const Json good = *Json::Parse(kPlan);
  ASSERT_TRUE(TrainingPlan::FromJson(good));
  for (const auto& [name, value] : **good.AsObject()) {
    Json without = good;
    without.Remove(name);
    EXPECT_FALSE(TrainingPlan::FromJson(without)) << name;
    Json other = good;
    other.Set(name, Json::Array{});
    EXPECT_FALSE(TrainingPlan::FromJson(other)) << name;
  }
  const auto refuses = [&](std::string_view name, Json value) {
    Json bad = good;
    bad.Set(name, std::move(value));
    const auto plan = TrainingPlan::FromJson(bad);
    return !plan && plan.error().code() == ErrorCode::kMalformed;
  };
  EXPECT_TRUE(refuses("seed", 1));
  EXPECT_TRUE(refuses("type", "training-plan/v2"));
  EXPECT_TRUE(refuses("steps", 0));
  EXPECT_TRUE(refuses("steps", 1.5));
  EXPECT_TRUE(refuses("expected_batch", 0));
  EXPECT_TRUE(refuses("expected_batch", "some"));
  EXPECT_TRUE(refuses("clip", 0));
  EXPECT_TRUE(refuses("clip", -1));
  EXPECT_TRUE(refuses("learning_rate", 0));
  EXPECT_TRUE(refuses("schedule", "adaptive"));
  EXPECT_TRUE(refuses("momentum", 1));
  EXPECT_TRUE(refuses("averaging", 1.1));
  EXPECT_TRUE(refuses("bias_input", 0));
  EXPECT_TRUE(refuses("centre", 2));
  EXPECT_TRUE(refuses("model", Json::Object{{"hidden", Json::Array{}}, {"classes", 3}, {"loss", "sigmoid"}}));
  EXPECT_TRUE(refuses("model", Json::Object{{"hidden", Json::Array{0}}, {"classes", 2}, {"loss", "sigmoid"}}));
  EXPECT_TRUE(refuses("validation", Json::Object{{"loss", false}, {"loss_bound", 0}}));
}

TEST(TrainingPlan, WritesWhatItReads) {
  EXPECT_EQ(GoodPlan().ToJson().Canonical().operator*(), Json::Parse(kPlan)->Canonical().operator*());
  TrainingPlan plan = GoodPlan();
  plan.hidden = {256, 16};
  plan.classes = 10;
  plan.loss = Loss::kSoftmax;
  plan.expected_batch = 64;
  plan.schedule = Schedule::kCosine;
  EXPECT_EQ(*TrainingPlan::FromJson(plan.ToJson()), plan);
}

TEST(Train, RefusesTermsAndDataThatMakeNoSense) {
  const Synthetic data(1, 200);
  crypto::DeterministicRandom random(1);
  const std::optional<DatasetView> none;
  const auto refuses = [&](const TrainingPlan& plan, const TrainingTerms& terms, const DatasetView& train) {
    return !Train(plan, terms, data.features, train, none, random, nullptr);
  };
  const TrainingPlan plan = GoodPlan();
  EXPECT_FALSE(refuses(plan, Terms(200), data.view));
  for (const auto change : {+[](TrainingTerms& t) { t.epsilon = 0; }, +[](TrainingTerms& t) { t.epsilon = -1; },
                            +[](TrainingTerms& t) { t.epsilon = NAN; }, +[](TrainingTerms& t) { t.delta = 0; },
                            +[](TrainingTerms& t) { t.delta = 1; }, +[](TrainingTerms& t) { t.delta = 1.0 / 150; },
                            +[](TrainingTerms& t) { t.train_persons = 0; }, +[](TrainingTerms& t) { t.threads = 0; },
                            +[](TrainingTerms& t) { t.max_rows_per_person = 0; }}) {
    TrainingTerms terms = Terms(200);
    change(terms);
    EXPECT_TRUE(refuses(plan, terms, data.view));
  }
  TrainingPlan large = plan;
  large.expected_batch = 201;
  EXPECT_TRUE(refuses(large, Terms(200), data.view));
  TrainingPlan unsound = plan;
  unsound.clip = NAN;
  EXPECT_TRUE(refuses(unsound, Terms(200), data.view));

  DatasetView bad = data.view;
  bad.labels = bad.labels.first(199);
  EXPECT_TRUE(refuses(plan, Terms(200), bad));
  bad = data.view;
  bad.features.columns = 4;
  EXPECT_TRUE(refuses(plan, Terms(200), bad));
  std::vector<std::uint32_t> persons(200, 0);
  bad = data.view;
  bad.persons = persons;
  EXPECT_TRUE(refuses(plan, Terms(200), bad));  // one person with 200 rows
  for (std::uint32_t i = 0; i < 200; ++i) persons[i] = 2 * i;
  EXPECT_TRUE(refuses(plan, Terms(200), bad));
}

TEST(Train, LearnsWithinItsBudgetAndSaysWhatItSpent) {
  const Synthetic train(2, 2000), validation(3, 400), test(4, 2000);
  crypto::DeterministicRandom random(5);
  for (const std::uint32_t batch : {0U, 200U}) {
    TrainingPlan plan = GoodPlan();
    plan.expected_batch = batch;
    plan.validation_loss = true;
    const auto result = Train(plan, Terms(2000), train.features, train.view, validation.view, random, nullptr);
    ASSERT_TRUE(result) << result.error().ToText();
    EXPECT_GT(Accuracy(result->model, test.view), 0.93);

    const privacy::RunCalibration& spent = result->card.privacy;
    EXPECT_LE(spent.epsilon, 1);
    EXPECT_GT(spent.epsilon, 0.99);
    ASSERT_EQ(spent.mechanisms.size(), 1U);
    EXPECT_EQ(spent.mechanisms[0].q, batch == 0 ? 1.0 : 0.1);
    EXPECT_EQ(spent.mechanisms[0].steps, 20U);
    const auto planned = PlanPrivacy(plan, Terms(2000));
    ASSERT_TRUE(planned);
    EXPECT_EQ(planned->mechanisms, spent.mechanisms);

    ASSERT_TRUE(result->card.validation);
    const ValidationMetrics& metrics = *result->card.validation;
    EXPECT_NEAR(metrics.accuracy, Accuracy(result->model, validation.view), 5 * metrics.accuracy_deviation);
    EXPECT_LT(metrics.accuracy_deviation, 0.03);
    EXPECT_TRUE(metrics.loss);
    const Json json = result->card.ToJson();
    EXPECT_EQ(*json.GetString("contract"), "00ff");
    EXPECT_EQ(*(*json.GetObject("privacy"))->GetNumber("epsilon"), spent.epsilon);
    EXPECT_TRUE(json.Canonical());
  }
}

TEST(Train, TheRowsThatAreThereDoNotChangeRateAndNoise) {
  const Synthetic few(2, 900), many(2, 1100);
  crypto::DeterministicRandom random(6);
  const std::optional<DatasetView> none;
  TrainingPlan plan = GoodPlan();
  plan.expected_batch = 100;
  const auto a = Train(plan, Terms(1000), few.features, few.view, none, random, nullptr);
  const auto b = Train(plan, Terms(1000), many.features, many.view, none, random, nullptr);
  ASSERT_TRUE(a && b);
  EXPECT_EQ(a->card.ToJson().Canonical().operator*(), b->card.ToJson().Canonical().operator*());
  EXPECT_TRUE(a->card.ToJson().Find("validation")->is_null());
}

TEST(Train, NeverTellsWhetherAnybodyWasThere) {
  const Synthetic data(1, 100);
  crypto::DeterministicRandom random(6);
  const DatasetView nobody{{nullptr, 0, 5}, {}, {}};
  for (const DatasetView& validation : {nobody, data.view}) {
    for (const DatasetView& train : {nobody, data.view}) {
      const auto result = Train(GoodPlan(), Terms(100), data.features, train, validation, random, nullptr);
      ASSERT_TRUE(result) << result.error().ToText();
      EXPECT_TRUE(result->card.validation);
    }
  }
}

TEST(Train, AMultiLayerPerceptronLearnsWhatNoPlaneSeparates) {
  Synthetic train(7, 8000), test(8, 2000);
  const auto relabel = [](Synthetic& data) {
    for (std::size_t i = 0; i < data.labels.size(); ++i) {
      const double radius = std::hypot(data.rows[5 * i], data.rows[5 * i + 1]);
      data.labels[i] = radius < 0.8 ? 0 : radius < 1.5 ? 1 : 2;
    }
  };
  relabel(train);
  relabel(test);
  TrainingPlan plan = GoodPlan();
  plan.hidden = {32};
  plan.classes = 3;
  plan.loss = Loss::kSoftmax;
  plan.steps = 300;
  plan.expected_batch = 1000;
  plan.learning_rate = 4;
  plan.clip = 0.5;
  plan.momentum = 0.9;
  TrainingTerms terms = Terms(8000);
  terms.epsilon = 8;
  crypto::DeterministicRandom random(9);
  const std::optional<DatasetView> none;
  const auto result = Train(plan, terms, train.features, train.view, none, random, nullptr);
  ASSERT_TRUE(result) << result.error().ToText();
  EXPECT_GT(Accuracy(result->model, test.view), 0.75);  // the largest class is 0.4
}

TEST(Train, NamesTheInstructionsThatItUsedAndRefusesThoseThatTheMachineLacks) {
  const Synthetic data(1, 100);
  const std::optional<DatasetView> none;
  for (const VectorPath path : {VectorPath::kPortable, VectorPath::kAvx2, VectorPath::kAvx512}) {
    TrainingTerms terms = Terms(100);
    terms.path = path;
    crypto::DeterministicRandom random(1);
    const auto result = Train(GoodPlan(), terms, data.features, data.view, none, random, nullptr);
    if (Supports(path)) {
      ASSERT_TRUE(result) << result.error().ToText();
      EXPECT_EQ(*result->card.ToJson().GetString("instructions"), Name(path));
    } else {
      ASSERT_FALSE(result);
      EXPECT_EQ(result.error().code(), ErrorCode::kUnsupported);
    }
  }
  crypto::DeterministicRandom random(1);
  const auto result = Train(GoodPlan(), Terms(100), data.features, data.view, none, random, nullptr);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->card.path, BestVectorPath());
}

TEST(Train, TellsItsProgress) {
  class Counter final : public Progress {
   public:
    void OnStep(std::uint32_t done, std::uint32_t of) override {
      EXPECT_EQ(done, ++seen);
      EXPECT_EQ(of, 20U);
    }
    std::uint32_t seen = 0;
  } counter;
  const Synthetic data(1, 100);
  crypto::DeterministicRandom random(1);
  ASSERT_TRUE(Train(GoodPlan(), Terms(100), data.features, data.view, data.view, random, &counter));
  EXPECT_EQ(counter.seen, 20U);
}

}  // namespace
}  // namespace cloister::training

#include <algorithm>
#include <cmath>
#include <thread>

#include "room/work.h"
#include "training/train.h"

namespace cloister::room {
namespace {

// The rows of one side of the split, copied together, as the trainer takes them.
struct Side {
  SecretBytes features;
  SecretBytes labels;
  std::vector<std::uint32_t> persons;
  std::size_t rows = 0;
  std::size_t columns = 0;

  training::DatasetView View() const {
    const auto* numbers = reinterpret_cast<const float*>(features.ExposeSecret().data());
    const auto* classes = reinterpret_cast<const std::uint32_t*>(labels.ExposeSecret().data());
    return {{numbers, rows, columns}, {classes, rows}, persons};
  }
};

Side TakeRows(const PreparedData& data, const std::vector<std::size_t>& rows) {
  const std::size_t width = data.columns.size() * sizeof(float);
  Side side{SecretBytes(rows.size() * width), SecretBytes(rows.size() * sizeof(std::uint32_t)), {}, rows.size(),
            data.columns.size()};
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const ByteSpan row = data.features.ExposeSecret().subspan(rows[i] * width, width);
    const ByteSpan label = data.labels.ExposeSecret().subspan(rows[i] * sizeof(std::uint32_t), sizeof(std::uint32_t));
    std::ranges::copy(row, side.features.ExposeSecretForWriting().begin() + static_cast<std::ptrdiff_t>(i * width));
    std::ranges::copy(label, side.labels.ExposeSecretForWriting().begin() +
                                 static_cast<std::ptrdiff_t>(i * sizeof(std::uint32_t)));
    const bool same = i > 0 && data.persons[rows[i]] == data.persons[rows[i - 1]];
    side.persons.push_back(i == 0 ? 0 : side.persons.back() + (same ? 0 : 1));
  }
  return side;
}

Result<std::vector<training::FeatureBounds>> BoundsOf(const contract::Contract& contract,
                                                      const std::vector<std::string>& columns) {
  std::vector<training::FeatureBounds> features;
  for (const std::string& column : columns) {
    const contract::Field* found = nullptr;
    for (const contract::Dataset& dataset : contract.datasets) {
      const contract::Field* field = dataset.schema ? dataset.schema->FindField(column) : nullptr;
      if (field == nullptr || !field->bounds) continue;
      if (found != nullptr && !(*found == *field)) {
        return Error(ErrorCode::kMismatch, "pipeline: expected one meaning for each column, " + column + " stands in two tables");
      }
      found = field;
    }
    if (found == nullptr) {
      return Error(ErrorCode::kMismatch, "pipeline: expected columns with bounds in the contract, " + column + " has none");
    }
    features.push_back({column, found->bounds->low, found->bounds->high, found->typical});
  }
  return features;
}

// One spend for all tables of a join: each person stands in every table, so each provider is charged the same.
Result<training::TrainingTerms> TermsOf(const contract::Contract& contract, const contract::Pipeline& pipeline,
                                        const contract::RunRequest& request) {
  training::TrainingTerms terms;
  terms.contract = ToHex(contract.digest());
  std::uint64_t rows = 0;
  bool first = true;
  for (const contract::Dataset& dataset : contract.datasets) {
    const contract::RunRequest::Spend* spend = request.SpendOn(dataset.id);
    if (spend == nullptr) continue;
    const std::uint32_t cap = contract.PrivacyOf(dataset.id)->max_rows_per_principal;
    terms.epsilon = first ? spend->epsilon : std::min(terms.epsilon, spend->epsilon);
    terms.delta = first ? spend->delta : std::min(terms.delta, spend->delta);
    terms.max_rows_per_person = first ? cap : std::min(terms.max_rows_per_person, cap);
    rows = first ? dataset.schema->rows : std::min(rows, dataset.schema->rows);
    first = false;
  }
  if (first) return Error(ErrorCode::kMismatch, "run request: expected a spend on at least one table, got none");
  terms.train_persons = static_cast<std::uint64_t>(std::llround(static_cast<double>(rows) * (1 - pipeline.validation)));
  terms.threads = static_cast<int>(std::clamp(std::thread::hardware_concurrency(), 1u, 2u));
  return terms;
}

}  // namespace

Result<void> CheckTraining(const contract::Contract& contract, const contract::Pipeline& pipeline,
                           const contract::RunRequest& request, const std::vector<std::string>& columns) {
  const auto plan = TRY_WITH("training plan", training::TrainingPlan::FromJson(pipeline.training));
  const auto features = TRY(BoundsOf(contract, columns));
  TRY_WITH("training plan", training::InputScaling::Create(features, plan.centre));
  TRY_WITH("training plan", training::LayersOf(plan.ShapeFor(features.size())));
  TRY_WITH("training plan", training::PlanPrivacy(plan, TRY(TermsOf(contract, pipeline, request))));
  return {};
}

Result<TrainedModel> TrainModel(const contract::Contract& contract, const contract::Pipeline& pipeline,
                                const contract::RunRequest& request, const PreparedData& data, const PeopleSplit& split,
                                crypto::RandomSource& random) {
  const auto plan = TRY(training::TrainingPlan::FromJson(pipeline.training));
  const auto features = TRY(BoundsOf(contract, data.columns));
  const auto terms = TRY(TermsOf(contract, pipeline, request));
  const Side training_side = TakeRows(data, split.training);
  const Side validation_side = TakeRows(data, split.validation);
  // The pipeline says whether there is a measurement; whether anybody is left to measure on is not told.
  std::optional<training::DatasetView> validation;
  if (pipeline.validation > 0) validation = validation_side.View();
  auto result = TRY(training::Train(plan, terms, features, training_side.View(), validation, random, nullptr));
  TrainedModel trained;
  trained.safetensors = TRY(result.model.ToSafetensors());
  trained.card = result.card.ToJson();
  trained.epsilon = result.card.privacy.epsilon;
  trained.delta = result.card.privacy.delta;
  for (const privacy::MechanismEvent& event : result.card.privacy.mechanisms) {
    trained.mechanisms.push_back({event.sigma, event.q, event.steps});
  }
  return trained;
}

}  // namespace cloister::room

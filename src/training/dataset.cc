#include "training/dataset.h"

#include <cmath>

namespace cloister::training {
namespace {

constexpr std::size_t kMaximumColumns = 100'000;

}  // namespace

std::uint32_t DatasetView::PersonCount() const {
  if (persons.empty()) return static_cast<std::uint32_t>(features.rows);
  return persons.back() + 1;
}

Result<void> CheckDataset(const DatasetView& data, std::size_t columns, std::uint32_t max_rows_per_person) {
  if (data.features.columns != columns) {
    return Error(ErrorCode::kUsage, "dataset: expected " + std::to_string(columns) + " columns, got " +
                                        std::to_string(data.features.columns));
  }
  if (data.features.rows >= std::size_t{1} << 31) return Error(ErrorCode::kLimit, "dataset: expected fewer than 2^31 rows");
  if (data.labels.size() != data.features.rows) return Error(ErrorCode::kUsage, "dataset: expected one label a row");
  if (max_rows_per_person == 0) return Error(ErrorCode::kUsage, "dataset: expected at least one row a person");
  if (data.persons.empty()) return {};
  if (data.persons.size() != data.features.rows || data.persons[0] != 0) {
    return Error(ErrorCode::kUsage, "dataset: expected one person a row, from 0 on");
  }
  std::uint32_t run = 1;
  for (std::size_t i = 1; i < data.persons.size(); ++i) {
    const std::uint32_t step = data.persons[i] - data.persons[i - 1];
    if (step > 1) return Error(ErrorCode::kUsage, "dataset: expected persons in order");
    run = step == 1 ? 1 : run + 1;
    if (run > max_rows_per_person) return Error(ErrorCode::kUsage, "dataset: a person has more rows than the cap");
  }
  return {};
}

Result<InputScaling> InputScaling::Create(std::span<const FeatureBounds> features, double default_centre) {
  if (!(default_centre >= 0 && default_centre <= 1)) return Error(ErrorCode::kUsage, "centre: expected 0 to 1");
  std::vector<float> low, high, centre;
  for (const FeatureBounds& feature : features) {
    if (!(feature.low < feature.high)) return Error(ErrorCode::kUsage, "bounds of " + feature.name + ": expected low < high");
    const double typical = feature.typical.value_or(feature.low + default_centre * (feature.high - feature.low));
    low.push_back(static_cast<float>(feature.low));
    high.push_back(static_cast<float>(feature.high));
    centre.push_back(static_cast<float>((typical - feature.low) / (feature.high - feature.low)));
  }
  return FromParts(std::move(low), std::move(high), std::move(centre));
}

Result<InputScaling> InputScaling::FromParts(std::vector<float> low, std::vector<float> high, std::vector<float> centre) {
  if (low.empty() || low.size() > kMaximumColumns || high.size() != low.size() || centre.size() != low.size()) {
    return Error(ErrorCode::kUsage, "columns: expected 1 to 100000, with bounds for each");
  }
  InputScaling scaling;
  for (std::size_t i = 0; i < low.size(); ++i) {
    const float inverse = 1 / (high[i] - low[i]);
    if (!(std::isfinite(low[i]) && std::isfinite(high[i]) && low[i] < high[i] && std::isfinite(inverse))) {
      return Error(ErrorCode::kUsage, "column " + std::to_string(i) + ": expected finite bounds, the lower one first");
    }
    if (!(centre[i] >= 0 && centre[i] <= 1)) {
      return Error(ErrorCode::kUsage, "column " + std::to_string(i) + ": expected a typical value inside the bounds");
    }
    scaling.inverse_.push_back(inverse);
  }
  scaling.low_ = std::move(low);
  scaling.high_ = std::move(high);
  scaling.centre_ = std::move(centre);
  return scaling;
}

}  // namespace cloister::training

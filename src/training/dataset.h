// Rows to learn from, and the public scaling of their columns.
#pragma once

#include <optional>
#include <span>

#include "base/bytes.h"

namespace cloister::training {

// rows × columns numbers, row-major, borrowed.
struct MatrixView {
  const float* data = nullptr;
  std::size_t rows = 0;
  std::size_t columns = 0;

  std::span<const float> Row(std::size_t i) const { return {data + i * columns, columns}; }
};

// What the room prepared, in memory that it owns and wipes. Features are raw: Train scales them by public bounds.
struct DatasetView {
  MatrixView features;
  std::span<const std::uint32_t> labels;  // class of each row; a class that the plan does not have counts as its last one
  // Person of each row: 0, 1, 2, … in this order, so rows of one person are adjacent. Empty: each row is a person.
  std::span<const std::uint32_t> persons;

  std::uint32_t PersonCount() const;
};

// kUsage: sizes that disagree, persons out of order, a person with more than `max_rows_per_person` rows. The room caps rows
// beforehand, so a refusal here is its bug and says nothing about the data.
Result<void> CheckDataset(const DatasetView& data, std::size_t columns, std::uint32_t max_rows_per_person);

// What is publicly known about a column (contract: schema.fields[].bounds and .typical), in its own units.
struct FeatureBounds {
  std::string name;
  double low = 0;
  double high = 1;
  std::optional<double> typical;  // inside the bounds
};

// x' = (clamp(x, low, high) - low) / (high - low) - centre. Never looks at data to choose anything; NaN becomes 0.
class InputScaling {
 public:
  // `default_centre` in [0, 1] is the centre of columns without a typical value.
  // kUsage: no column, bounds that are not finite or not in order, a typical value outside them.
  static Result<InputScaling> Create(std::span<const FeatureBounds> features, double default_centre);
  // As stored in a model; the same checks.
  static Result<InputScaling> FromParts(std::vector<float> low, std::vector<float> high, std::vector<float> centre);

  std::size_t columns() const { return low_.size(); }
  std::span<const float> low() const { return low_; }
  std::span<const float> high() const { return high_; }
  std::span<const float> centre() const { return centre_; }
  std::span<const float> inverse() const { return inverse_; }  // 1 / (high - low)

 private:
  InputScaling() = default;
  std::vector<float> low_, high_, centre_, inverse_;
};

}  // namespace cloister::training

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>

#include "room/work.h"
#include "tables/workspace.h"

namespace cloister::room {
namespace {

tables::ColumnType TypeOf(contract::FieldType type) {
  switch (type) {
    case contract::FieldType::kNumber: return tables::ColumnType::kNumber;
    case contract::FieldType::kInteger: return tables::ColumnType::kInteger;
    case contract::FieldType::kText: return tables::ColumnType::kText;
  }
  FailCheck("a field type", __FILE__, __LINE__);
}

// All columns of the file; those that no permission names are withheld from the database.
tables::TableSpec SpecOf(const contract::Contract& contract, const contract::Dataset& dataset) {
  const std::vector<std::string> permitted = contract.PermittedColumns(dataset);
  tables::TableSpec spec{dataset.name, {}, dataset.principal_column};
  for (const contract::Field& field : dataset.schema->fields) {
    const bool loaded = std::find(permitted.begin(), permitted.end(), field.name) != permitted.end();
    spec.columns.push_back({field.name, TypeOf(field.type), loaded ? tables::ColumnUse::kLoaded : tables::ColumnUse::kWithheld});
  }
  return spec;
}

Result<void> Load(tables::Workspace& workspace, const contract::Contract& contract, const OpenedDataset& opened) {
  const tables::TableSpec spec = SpecOf(contract, *opened.dataset);
  const contract::TableSchema& schema = *opened.dataset->schema;
  if (schema.format == contract::TableFormat::kParquet) return workspace.LoadParquet(spec, opened.plaintext.ExposeSecret());
  const auto header = schema.header ? tables::CsvHeader::kPresent : tables::CsvHeader::kAbsent;
  return workspace.LoadCsv(spec, header, opened.plaintext.ExposeSecret());
}

// The cap over the joined rows: the smallest that any table's terms set.
std::uint32_t CapOf(const contract::Contract& contract) {
  std::uint32_t cap = 1;
  for (std::size_t i = 0; i < contract.privacy.size(); ++i) {
    const std::uint32_t own = contract.privacy[i].max_rows_per_principal;
    cap = i == 0 ? own : std::min(cap, own);
  }
  return cap;
}

// Rows with a label, those of one person together.
std::vector<std::size_t> UsableRows(const tables::PersonTable& table, const tables::NumberColumn& label) {
  std::vector<std::size_t> rows(table.rows());
  std::iota(rows.begin(), rows.end(), std::size_t{0});
  std::erase_if(rows, [&](std::size_t row) { return label.valid[row] == 0; });
  std::stable_sort(rows.begin(), rows.end(),
                   [&](std::size_t a, std::size_t b) { return table.persons()[a] < table.persons()[b]; });
  return rows;
}

// A double beyond a float's range is no float (C++ [conv.double]); the contract's bounds cut either to the same.
float ToFloat(double value) {
  constexpr double kMost = std::numeric_limits<float>::max();
  return static_cast<float>(std::clamp(value, -kMost, kMost));
}

Error NoLabel() { return Error(ErrorCode::kMismatch, "pipeline: expected the label among the columns of its SQL"); }

Result<PreparedData> Gather(const tables::PersonTable& table, const std::string& label_name) {
  const tables::NumberColumn* label = table.Find(label_name);
  if (label == nullptr) return NoLabel();
  const std::vector<std::size_t> rows = UsableRows(table, *label);
  PreparedData data;
  for (const tables::NumberColumn& column : table.columns()) {
    if (column.name != label_name) data.columns.push_back(column.name);
  }
  data.features = SecretBytes(rows.size() * data.columns.size() * sizeof(float));
  data.labels = SecretBytes(rows.size() * sizeof(std::uint32_t));
  auto* features = reinterpret_cast<float*>(data.features.ExposeSecretForWriting().data());
  auto* labels = reinterpret_cast<std::uint32_t*>(data.labels.ExposeSecretForWriting().data());
  for (const std::size_t row : rows) {
    for (const tables::NumberColumn& column : table.columns()) {
      if (column.name == label_name) continue;
      // The trainer puts a missing value where the column's centre is.
      *features++ = column.valid[row] != 0 ? ToFloat(column.values[row]) : std::numeric_limits<float>::quiet_NaN();
    }
    const double value = std::clamp(std::round(label->values[row]), 0.0, 1e6);
    *labels++ = static_cast<std::uint32_t>(value);
    data.persons.push_back(table.persons()[row]);
  }
  return data;
}

}  // namespace

Result<std::vector<std::string>> CheckPreparation(const contract::Contract& contract, const contract::Pipeline& pipeline) {
  tables::Workspace workspace = TRY(tables::Workspace::Create({}));
  for (const contract::Dataset& dataset : contract.datasets) {
    if (dataset.kind == contract::DatasetKind::kTable) TRY(workspace.AddEmpty(SpecOf(contract, dataset)));
  }
  tables::LockedWorkspace locked = TRY(std::move(workspace).Lock());
  std::vector<std::string> columns = TRY(locked.Prepare(pipeline.sql, pipeline.person)).names();
  if (std::erase(columns, pipeline.label) == 0) return NoLabel();
  return columns;
}

Result<PreparedData> Prepare(const contract::Contract& contract, const contract::Pipeline& pipeline,
                             const std::vector<OpenedDataset>& opened, crypto::RandomSource& random) {
  tables::Workspace workspace = TRY(tables::Workspace::Create({}));
  for (const OpenedDataset& input : opened) {
    if (input.dataset->kind == contract::DatasetKind::kTable) TRY(Load(workspace, contract, input));
  }
  tables::LockedWorkspace locked = TRY(std::move(workspace).Lock());
  const tables::CheckedQuery query = TRY(locked.Prepare(pipeline.sql, pipeline.person));
  const tables::PersonTable joined = TRY(locked.Run(query));
  const SecretBytes key = crypto::RandomSecret(random, 32);
  return Gather(joined.CapRowsPerPerson(CapOf(contract), key), pipeline.label);
}

}  // namespace cloister::room

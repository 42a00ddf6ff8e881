#include "tables/workspace.h"

#include <cmath>
#include <future>
#include <optional>

#include "tables/internal/connection.h"
#include "tables/internal/csv_header.h"
#include "tables/internal/duckdb.h"
#include "tables/internal/memory_file.h"
#include "tables/internal/sql_plan.h"
#include "tables/internal/sql_syntax.h"

namespace cloister::tables {
namespace {

using formats::Json;
using internal::QuoteName;
using internal::QuoteText;

// Trees of the database nest a few levels for each level of SQL.
constexpr formats::JsonLimits kTreeLimits = {.max_bytes = std::size_t{16} << 20, .max_depth = 256};

std::string_view TypeName(ColumnType type) {
  switch (type) {
    case ColumnType::kNumber:
      return "DOUBLE";
    case ColumnType::kInteger:
      return "BIGINT";
    case ColumnType::kText:
      return "VARCHAR";
  }
  return "VARCHAR";
}

// "a", "b": the loaded columns, with `before` and `after` around each.
std::string LoadedColumns(const TableSpec& spec, bool with_types, bool with_casts) {
  std::string out;
  for (const Column& column : spec.columns) {
    if (column.use != ColumnUse::kLoaded) continue;
    if (!out.empty()) out += ", ";
    const std::string name = QuoteName(column.name), type(TypeName(column.type));
    out += with_casts ? "CAST(" + name + " AS " + type + ")" : name;
    if (with_types) out += " " + type + (column.name == spec.key ? " NOT NULL" : "");
  }
  return out;
}

// Withheld columns are read over as text and not selected.
std::string CsvOptions(const TableSpec& spec, CsvHeader header) {
  std::string columns;
  for (const Column& column : spec.columns) {
    const ColumnType type = column.use == ColumnUse::kLoaded ? column.type : ColumnType::kText;
    columns += (columns.empty() ? "" : ", ") + QuoteText(column.name) + ": " + QuoteText(TypeName(type));
  }
  return ", auto_detect=false, header=false, skip=" + std::string(header == CsvHeader::kPresent ? "1" : "0") +
         ", delim=',', quote='\"', escape='\"', nullstr='', strict_mode=true, ignore_errors=false, null_padding=false"
         ", compression='none', encoding='utf-8', columns={" + columns + "}";
}

}  // namespace

struct LockedWorkspace::State {
  internal::Connection connection;
  WorkspaceLimits limits;
  std::vector<TableSpec> tables;
  // Files that were read, being overwritten beside the steps that follow. Waited for here.
  std::vector<std::future<void>> discarded;
};

LockedWorkspace::LockedWorkspace(std::unique_ptr<State> state) : state_(std::move(state)) {}
LockedWorkspace::~LockedWorkspace() = default;
LockedWorkspace::LockedWorkspace(LockedWorkspace&&) noexcept = default;
LockedWorkspace& LockedWorkspace::operator=(LockedWorkspace&&) noexcept = default;
Workspace::Workspace(std::unique_ptr<LockedWorkspace::State> state) : state_(std::move(state)) {}
Workspace::~Workspace() = default;
Workspace::Workspace(Workspace&&) noexcept = default;
Workspace& Workspace::operator=(Workspace&&) noexcept = default;

Result<void> LoadDatabase() {
  TRY(internal::LoadDuckDb());
  return {};
}

Result<Workspace> Workspace::Create(const WorkspaceLimits& limits) {
  internal::Connection connection =
      TRY(internal::Connection::Open({limits.memory_bytes, limits.threads, limits.query_time}));
  return Workspace(std::unique_ptr<LockedWorkspace::State>(
      new LockedWorkspace::State{std::move(connection), limits, {}, {}}));
}

Result<void> Workspace::AddEmpty(const TableSpec& spec) {
  TRY(spec.Check());
  for (const TableSpec& table : state_->tables) {
    if (table.name == spec.name) return Error(ErrorCode::kUsage, "table " + spec.name + " is there already");
  }
  TRY(state_->connection.Execute("CREATE TABLE " + QuoteName(spec.name) + " (" + LoadedColumns(spec, true, false) + ")",
                                 "creating table " + spec.name));
  state_->tables.push_back(spec);
  return {};
}

Result<void> Workspace::InsertFrom(const TableSpec& spec, ByteSpan content, const std::string& reader,
                                   std::string_view options) {
  TRY(AddEmpty(spec));
  internal::MemoryFile file = TRY(internal::MemoryFile::Create(content));
  const Result<void> done = state_->connection.Execute(
      "INSERT INTO " + QuoteName(spec.name) + " SELECT " + LoadedColumns(spec, false, true) + " FROM " + reader + "(" +
          QuoteText(file.path()) + std::string(options) + ")",
      "loading table " + spec.name);
  state_->discarded.push_back(
      std::async(std::launch::async, [file = std::move(file)]() mutable { const internal::MemoryFile gone = std::move(file); }));
  return done;
}

Result<void> Workspace::LoadCsv(const TableSpec& spec, CsvHeader header, ByteSpan content) {
  TRY(spec.Check());
  if (header == CsvHeader::kPresent) TRY(internal::CheckCsvHeader(AsText(content), spec));
  return InsertFrom(spec, content, "read_csv", CsvOptions(spec, header));
}

Result<void> Workspace::LoadParquet(const TableSpec& spec, ByteSpan content) {
  return InsertFrom(spec, content, "read_parquet", "");
}

Result<LockedWorkspace> Workspace::Lock() && {
  TRY(state_->connection.Execute("SET enable_external_access=false", "locking the database"));
  TRY(state_->connection.Execute("SET lock_configuration=true", "locking the database"));
  return LockedWorkspace(std::move(state_));
}

Result<CheckedQuery> LockedWorkspace::Prepare(std::string_view sql, std::string_view person) {
  if (sql.size() > state_->limits.sql_bytes) {
    return Error(ErrorCode::kLimit, "pipeline SQL: expected at most " + std::to_string(state_->limits.sql_bytes) +
                                        " bytes, got " + std::to_string(sql.size()));
  }
  if (sql.find('\0') != sql.npos) return Error(ErrorCode::kMalformed, "pipeline SQL: has a NUL");
  const std::string tree = TRY(state_->connection.Text(
      "SELECT json_serialize_sql(?::VARCHAR, skip_null := true, skip_empty := true, skip_default := true)::VARCHAR", sql,
      "parsing the pipeline SQL"));
  internal::PreparationSql checked = TRY(
      internal::CheckSyntax(TRY_WITH("pipeline SQL", Json::Parse(tree, kTreeLimits)), state_->tables, person));
  const std::string plan = TRY(state_->connection.Text(
      "SELECT json_serialize_plan(?::VARCHAR, skip_null := true, skip_empty := true, skip_default := true, "
      "optimize := false)::VARCHAR",
      checked.sql, "planning the pipeline SQL"));
  TRY(internal::CheckPlan(TRY_WITH("pipeline SQL", Json::Parse(plan, kTreeLimits)), state_->tables));
  return CheckedQuery(state_.get(), std::move(checked.sql), std::move(checked.names));
}

namespace {

// A query's result as it comes in. Room is made once for all rows, so that no earlier copy of them stays behind in memory.
class RowCollector {
 public:
  explicit RowCollector(const std::vector<std::string>& names) {
    for (const std::string& name : names) columns_.push_back({name, {}, {}});
  }

  void Reserve(std::size_t rows) {
    persons_.reserve(rows);
    for (NumberColumn& column : columns_) {
      column.values.reserve(rows);
      column.valid.reserve(rows);
    }
  }

  Result<void> Add(std::size_t rows, const std::vector<internal::ColumnView>& views) {
    for (std::size_t row = 0; views[0].HasNulls() && row < rows; ++row) {
      if (views[0].IsNull(row)) return Error(ErrorCode::kInternal, "running the pipeline SQL gave a row of nobody");
    }
    for (std::size_t row = 0; row < rows; ++row) persons_.emplace_back(views[0].Text(row));
    for (std::size_t i = 0; i < columns_.size(); ++i) AddNumbers(rows, views[i + 1], columns_[i]);
    return {};
  }

  PersonTable Take() && { return PersonTable(std::move(persons_), std::move(columns_)); }

 private:
  static void AddNumbers(std::size_t rows, const internal::ColumnView& view, NumberColumn& column) {
    const double* const values = view.Doubles();
    column.values.insert(column.values.end(), values, values + rows);
    column.valid.insert(column.valid.end(), rows, 1);
    // Most chunks are whole; the others are gone through once more.
    bool whole = !view.HasNulls();
    for (std::size_t row = 0; row < rows; ++row) whole &= std::isfinite(values[row]);
    if (whole) return;
    const std::size_t before = column.values.size() - rows;
    for (std::size_t row = 0; row < rows; ++row) {
      if (!view.IsNull(row) && std::isfinite(values[row])) continue;
      column.values[before + row] = 0;
      column.valid[before + row] = 0;
    }
  }

  std::vector<std::string> persons_;
  std::vector<NumberColumn> columns_;
};

}  // namespace

Result<PersonTable> LockedWorkspace::Run(const CheckedQuery& query) {
  CHECK(query.workspace_ == state_.get());
  std::vector<bool> numeric(query.names_.size() + 1, true);
  numeric[0] = false;
  RowCollector collector(query.names_);
  const auto count = [&](std::size_t rows) -> Result<void> {
    if (rows > state_->limits.result_rows) {
      return Error(ErrorCode::kLimit, "running the pipeline SQL gave more rows than it may");
    }
    collector.Reserve(rows);
    return {};
  };
  const auto add = [&](std::size_t rows, const std::vector<internal::ColumnView>& views) {
    return collector.Add(rows, views);
  };
  const Result<void> done = state_->connection.Read(query.sql_, numeric, count, add, "running the pipeline SQL");
  PersonTable table = std::move(collector).Take();
  if (!done) return done.error();
  return table;
}

Result<const TableSpec*> LockedWorkspace::FindTable(std::string_view name) const {
  for (const TableSpec& table : state_->tables) {
    if (table.name == name) return &table;
  }
  return Error(ErrorCode::kNotFound, "no table is named " + std::string(name));
}

Result<std::uint64_t> LockedWorkspace::Rows(std::string_view table) {
  const TableSpec& spec = *TRY(FindTable(table));
  return static_cast<std::uint64_t>(
      TRY(state_->connection.Number("SELECT CAST(count(*) AS DOUBLE) FROM " + QuoteName(spec.name), "counting rows")));
}

Result<bool> LockedWorkspace::KeyIsUnique(std::string_view table) {
  const TableSpec& spec = *TRY(FindTable(table));
  const double repeated = TRY(state_->connection.Number(
      "SELECT CAST(count(*) - count(DISTINCT " + QuoteName(spec.key) + ") AS DOUBLE) FROM " + QuoteName(spec.name),
      "comparing person keys"));
  return repeated == 0;
}

}  // namespace cloister::tables

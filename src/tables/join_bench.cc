// A join of 5,000,000 by 1,000,000 rows, from CSV bytes in memory to result rows in memory: through the contract's limits
// (Workspace), and by the same DuckDB alone, with the same settings, reader options and memory file. In both the rows end up
// in the program's own memory; a program that reads them where DuckDB holds them saves that copy (…ReadingInPlace).
#include <array>
#include <charconv>

#include "base/bench_against.h"
#include "tables/internal/duckdb_c_api.h"
#include "tables/internal/memory_file.h"
#include "tables/workspace.h"

namespace cloister::tables {
namespace {

constexpr int kTurns = 6;
constexpr std::size_t kVisits = 5'000'000;
constexpr std::size_t kPeople = 1'000'000;
constexpr std::string_view kSql =
    "SELECT visits.person, visits.age, ln(visits.dose + 1) AS dose, "
    "CAST(CASE WHEN people.risk > 50 THEN 1 ELSE 0 END AS DOUBLE) AS risk, people.weight "
    "FROM visits JOIN people ON visits.person = people.person WHERE visits.age >= 10";

void AppendNumber(std::string& out, std::size_t number) {
  char text[24];
  out.append(text, std::to_chars(text, text + sizeof text, number).ptr);
}

// Rows "p<person>,<0 to 99>.5,<0 to 996>".
std::string Csv(std::size_t rows) {
  std::string out;
  out.reserve(rows * 24);
  for (std::size_t row = 0; row < rows; ++row) {
    out += "p";
    AppendNumber(out, row * 7919 % kPeople);
    out += ",";
    AppendNumber(out, row % 100);
    out += ".5,";
    AppendNumber(out, row % 997);
    out += "\n";
  }
  return out;
}

const std::string& Visits() {
  static const std::string csv = Csv(kVisits);
  return csv;
}
const std::string& People() {
  static const std::string csv = Csv(kPeople);
  return csv;
}

TableSpec Spec(const std::string& name, const std::string& first, const std::string& second) {
  return {name,
          {{"person", ColumnType::kText, ColumnUse::kLoaded},
           {first, ColumnType::kNumber, ColumnUse::kLoaded},
           {second, ColumnType::kNumber, ColumnUse::kLoaded}},
          "person"};
}

// Seconds until the rows are there; closing the database and letting go of rows (ours are overwritten) comes after, in both.
template <class Run>
double Seconds(Run run) {
  return SecondsOf([&run] {
    auto kept = run();
    CHECK(kept->rows() == 4'500'000);
    return kept;
  });
}

struct Prepared {
  LockedWorkspace workspace;
  PersonTable table;
  std::size_t rows() const { return table.rows(); }
};

std::unique_ptr<Prepared> ThroughWorkspace() {
  Workspace workspace = *Workspace::Create({});
  CHECK(workspace.LoadCsv(Spec("visits", "age", "dose"), CsvHeader::kAbsent, AsBytes(Visits())).has_value());
  CHECK(workspace.LoadCsv(Spec("people", "weight", "risk"), CsvHeader::kAbsent, AsBytes(People())).has_value());
  LockedWorkspace locked = *std::move(workspace).Lock();
  const CheckedQuery query = *locked.Prepare(kSql, "person");
  PersonTable table = *locked.Run(query);
  return std::make_unique<Prepared>(Prepared{std::move(locked), std::move(table)});
}

// What a program would write that uses DuckDB's C API by itself.
class PlainDuckDb {
 public:
  PlainDuckDb() {
    duckdb_config config = nullptr;
    CHECK(duckdb_create_config(&config) == DuckDBSuccess);
    const std::string memory = std::to_string(WorkspaceLimits().memory_bytes) + "B";
    const std::string threads = std::to_string(WorkspaceLimits().threads);
    CHECK(duckdb_set_config(config, "memory_limit", memory.c_str()) == DuckDBSuccess);
    CHECK(duckdb_set_config(config, "threads", threads.c_str()) == DuckDBSuccess);
    CHECK(duckdb_open_ext(nullptr, &database_, config, nullptr) == DuckDBSuccess);
    duckdb_destroy_config(&config);
    CHECK(duckdb_connect(database_, &connection_) == DuckDBSuccess);
  }
  ~PlainDuckDb() {
    duckdb_destroy_result(&result_);
    duckdb_disconnect(&connection_);
    duckdb_close(&database_);
  }
  void Load(const std::string& table, const std::string& first, const std::string& second, const std::string& csv) {
    files_.push_back(*internal::MemoryFile::Create(AsBytes(csv)));
    Query("CREATE TABLE " + table + " AS SELECT * FROM read_csv('" + files_.back().path() +
          "', auto_detect=false, header=false, delim=',', quote='\"', escape='\"', nullstr='', strict_mode=true, columns={"
          "'person': 'VARCHAR', '" + first + "': 'DOUBLE', '" + second + "': 'DOUBLE'})");
  }
  void Query(const std::string& sql) {
    duckdb_destroy_result(&result_);
    CHECK(duckdb_query(connection_, sql.c_str(), &result_) == DuckDBSuccess);
  }
  // Reads the rows where DuckDB holds them, each value once.
  void ReadInPlace() {
    double sum = 0;
    std::size_t letters = 0;
    EachChunk([&](idx_t size, const duckdb_string_t* persons, const std::array<const double*, kNumbers>& numbers) {
      for (idx_t row = 0; row < size; ++row) letters += persons[row].value.inlined.length;
      for (const double* column : numbers) {
        for (idx_t row = 0; row < size; ++row) sum += column[row];
      }
      rows_ += size;
    });
    benchmark::DoNotOptimize(sum + static_cast<double>(letters));
  }

  // Copies the rows into the program's own memory, and lets go of DuckDB's result.
  void TakeOut() {
    const std::size_t all = duckdb_row_count(&result_);
    persons_.reserve(all);
    for (std::vector<double>& column : numbers_) column.reserve(all);
    EachChunk([&](idx_t size, const duckdb_string_t* persons, const std::array<const double*, kNumbers>& numbers) {
      for (idx_t row = 0; row < size; ++row) {
        const auto& text = persons[row].value;
        persons_.emplace_back(text.inlined.length <= 12 ? text.inlined.inlined : text.pointer.ptr, text.inlined.length);
      }
      for (std::size_t i = 0; i < kNumbers; ++i) numbers_[i].insert(numbers_[i].end(), numbers[i], numbers[i] + size);
      rows_ += size;
    });
    duckdb_destroy_result(&result_);
  }
  std::size_t rows() const { return rows_; }

 private:
  static constexpr std::size_t kNumbers = 4;
  template <class F>
  void EachChunk(F use) {
    while (duckdb_data_chunk chunk = duckdb_fetch_chunk(result_)) {
      const auto data = [&](idx_t column) { return duckdb_vector_get_data(duckdb_data_chunk_get_vector(chunk, column)); };
      std::array<const double*, kNumbers> numbers;
      for (std::size_t i = 0; i < kNumbers; ++i) numbers[i] = static_cast<const double*>(data(i + 1));
      use(duckdb_data_chunk_get_size(chunk), static_cast<const duckdb_string_t*>(data(0)), numbers);
      duckdb_destroy_data_chunk(&chunk);
    }
  }

  duckdb_database database_ = nullptr;
  duckdb_connection connection_ = nullptr;
  duckdb_result result_ = {};
  std::vector<internal::MemoryFile> files_;
  std::size_t rows_ = 0;
  std::vector<std::string> persons_;
  std::array<std::vector<double>, kNumbers> numbers_;
};

std::unique_ptr<PlainDuckDb> Joined() {
  auto database = std::make_unique<PlainDuckDb>();
  database->Load("visits", "age", "dose", Visits());
  database->Load("people", "weight", "risk", People());
  database->Query(std::string(kSql));
  return database;
}

double ByDuckDbAlone() {
  return Seconds([] {
    auto database = Joined();
    database->TakeOut();
    return database;
  });
}

double ByDuckDbAloneReadInPlace() {
  return Seconds([] {
    auto database = Joined();
    database->ReadInPlace();
    return database;
  });
}

void JoinThroughContractLimits(benchmark::State& state) {
  Visits(), People();
  BenchAgainstByTheClock(state, [] { return Seconds(ThroughWorkspace); }, ByDuckDbAlone);
}
BENCHMARK(JoinThroughContractLimits)->Unit(benchmark::kMillisecond)->UseManualTime()->Iterations(kTurns);

void JoinAgainstReadingInPlace(benchmark::State& state) {
  Visits(), People();
  BenchAgainstByTheClock(state, [] { return Seconds(ThroughWorkspace); }, ByDuckDbAloneReadInPlace);
}
BENCHMARK(JoinAgainstReadingInPlace)->Unit(benchmark::kMillisecond)->UseManualTime()->Iterations(kTurns);

}  // namespace
}  // namespace cloister::tables

#include <benchmark/benchmark.h>

#include "tables/workspace.h"

namespace cloister::tables {
namespace {

TableSpec Spec(const std::string& name) {
  TableSpec spec{name, {{"person", ColumnType::kText, ColumnUse::kLoaded}}, "person"};
  for (int i = 0; i < 10; ++i) spec.columns.push_back({"x" + std::to_string(i), ColumnType::kNumber, ColumnUse::kLoaded});
  return spec;
}

std::string Csv(int rows) {
  std::string out;
  for (int row = 0; row < rows; ++row) {
    out += "person-" + std::to_string(row);
    for (int i = 0; i < 10; ++i) out += "," + std::to_string(row % 997) + "." + std::to_string(i);
    out += "\n";
  }
  return out;
}

LockedWorkspace Loaded(const std::string& csv) {
  Workspace workspace = *Workspace::Create({});
  for (const char* name : {"a", "b"}) {
    CHECK(workspace.LoadCsv(Spec(name), CsvHeader::kAbsent, AsBytes(csv)).has_value());
  }
  return *std::move(workspace).Lock();
}

constexpr std::string_view kSql =
    "SELECT a.person, a.x0, a.x1, ln(a.x2 + 1) AS l, CASE WHEN b.x3 > 500 THEN 1 ELSE 0 END AS c, b.x4, b.x5 "
    "FROM a JOIN b ON a.person = b.person WHERE a.x6 > 10";

void BM_LoadTwoTables(benchmark::State& state) {
  const std::string csv = Csv(static_cast<int>(state.range(0)));
  for (auto _ : state) benchmark::DoNotOptimize(Loaded(csv));
}
BENCHMARK(BM_LoadTwoTables)->Arg(1000)->Arg(1000000)->Unit(benchmark::kMillisecond);

void BM_PrepareSql(benchmark::State& state) {
  LockedWorkspace locked = Loaded(Csv(10));
  for (auto _ : state) benchmark::DoNotOptimize(locked.Prepare(kSql, "person"));
}
BENCHMARK(BM_PrepareSql)->Unit(benchmark::kMillisecond);

void BM_JoinTwoTables(benchmark::State& state) {
  LockedWorkspace locked = Loaded(Csv(static_cast<int>(state.range(0))));
  const CheckedQuery query = *locked.Prepare(kSql, "person");
  for (auto _ : state) benchmark::DoNotOptimize(locked.Run(query)->rows());
}
BENCHMARK(BM_JoinTwoTables)->Arg(1000)->Arg(1000000)->Unit(benchmark::kMillisecond);

void BM_CapRowsPerPerson(benchmark::State& state) {
  LockedWorkspace locked = Loaded(Csv(static_cast<int>(state.range(0))));
  const PersonTable table = *locked.Run(*locked.Prepare(kSql, "person"));
  const SecretBytes key = SecretBytes::CopyOf(Bytes(32, 1));
  for (auto _ : state) benchmark::DoNotOptimize(table.CapRowsPerPerson(2, key).rows());
}
BENCHMARK(BM_CapRowsPerPerson)->Arg(1000)->Arg(1000000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace cloister::tables

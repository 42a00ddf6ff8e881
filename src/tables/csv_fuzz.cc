// Tables that an owner sealed: CSV, or Parquet where the first bytes say so. Whatever loads has a key in each row, and can be
// read to the end.
#include "tables/workspace.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cloister;
  using namespace cloister::tables;
  static const TableSpec spec{"people",
                              {{"pid", ColumnType::kText, ColumnUse::kLoaded},
                               {"age", ColumnType::kInteger, ColumnUse::kLoaded},
                               {"ssn", ColumnType::kText, ColumnUse::kWithheld},
                               {"bmi", ColumnType::kNumber, ColumnUse::kLoaded}},
                              "pid"};
  const ByteSpan input(data, size);
  auto workspace = Workspace::Create({.memory_bytes = std::size_t{256} << 20, .threads = 1});
  CHECK(workspace);
  const auto loaded = AsText(input).starts_with("PAR1") ? workspace->LoadParquet(spec, input)
                                                         : workspace->LoadCsv(spec, CsvHeader::kPresent, input);
  if (!loaded) return 0;
  auto locked = std::move(*workspace).Lock();
  CHECK(locked);
  const auto query = locked->Prepare("SELECT pid, age, bmi FROM people", "pid");
  CHECK(query);
  const auto table = locked->Run(*query);
  CHECK(table && table->rows() == *locked->Rows("people"));
  for (const NumberColumn& column : table->columns()) CHECK(column.values.size() == table->rows());
  return 0;
}

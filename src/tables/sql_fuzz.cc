// SQL that a consumer wrote. Whatever passes both checks runs to its end over three rows, and gives one row for one person.
#include "tables/workspace.h"

namespace {

using namespace cloister;
using namespace cloister::tables;

LockedWorkspace Loaded() {
  auto workspace = Workspace::Create(
      {.memory_bytes = std::size_t{256} << 20, .threads = 1, .query_time = std::chrono::seconds(5)});
  CHECK(workspace);
  const TableSpec people{"people",
                         {{"pid", ColumnType::kText, ColumnUse::kLoaded},
                          {"age", ColumnType::kInteger, ColumnUse::kLoaded},
                          {"bmi", ColumnType::kNumber, ColumnUse::kLoaded}},
                         "pid"};
  const TableSpec visits{"visits",
                         {{"person", ColumnType::kText, ColumnUse::kLoaded}, {"cost", ColumnType::kNumber, ColumnUse::kLoaded}},
                         "person"};
  CHECK(workspace->LoadCsv(people, CsvHeader::kAbsent, AsBytes("a,30,22.5\nb,41,\nc,0,31\n")));
  CHECK(workspace->LoadCsv(visits, CsvHeader::kAbsent, AsBytes("a,10\nb,5\nd,7\n")));
  return *std::move(*workspace).Lock();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static LockedWorkspace workspace = Loaded();
  const auto query = workspace.Prepare(AsText({data, size}), "pid");
  if (!query) return 0;
  const auto table = workspace.Run(*query);
  if (!table) return 0;
  CHECK(table->rows() <= 3);
  for (const std::string& person : table->persons()) CHECK(person >= "a" && person <= "d");
  return 0;
}

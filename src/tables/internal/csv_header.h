// The first line of a CSV file.
#pragma once

#include "tables/table_spec.h"

namespace cloister::tables::internal {

// kMalformed: the line is not exactly the names of the spec's columns, in order. Messages name only the spec's columns.
Result<void> CheckCsvHeader(std::string_view content, const TableSpec& spec);

}  // namespace cloister::tables::internal

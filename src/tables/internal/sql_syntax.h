// The first of two checks of the consumer's SQL: by its syntax tree, node by node, against what row-wise preparation needs.
#pragma once

#include <span>

#include "formats/json.h"
#include "tables/table_spec.h"

namespace cloister::tables::internal {

// SQL written by us out of a checked tree, so that nothing that was not checked can be in it.
struct PreparationSql {
  // The first column is the person key as VARCHAR. The others are DOUBLE, each TRY(…): a value that cannot be computed
  // is NULL and does not end the query, so that no row can make a run fail.
  std::string sql;
  std::vector<std::string> names;  // of the columns after the first
};

// `tree` is what json_serialize_sql gives (skip_null, skip_empty and skip_default on). Takes one SELECT: expressions over
// one row, a WHERE, and tables joined (INNER or LEFT) where their person keys are equal, each table once. One column, named
// `person`, is the person key of the first table; that is checked here, so no SQL can attach a row to another person.
// kMalformed: does not parse. kUnsupported: anything else than the above. Messages name what is in the SQL, never data.
Result<PreparationSql> CheckSyntax(const formats::Json& tree, std::span<const TableSpec> tables, std::string_view person);

}  // namespace cloister::tables::internal

// Writes a checked expression over the tables of one query.
#pragma once

#include <span>

#include "formats/json.h"
#include "tables/table_spec.h"

namespace cloister::tables::internal {

struct QueryTable {
  std::string alias;
  const TableSpec* spec;
};

// A column that a tree's COLUMN_REF means.
struct ResolvedColumn {
  const QueryTable* table;
  const Column* column;
};

// Refuses members of `node` other than `known`; every node may have `query_location` and `alias`.
Result<void> RefuseOtherMembers(const formats::Json& node, std::span<const std::string_view> known);
Error NotPermitted(std::string_view what);

// kUnsupported: not a loaded column of `tables`, or one that several have.
Result<ResolvedColumn> ResolveColumn(const formats::Json& node, std::span<const QueryTable> tables);
// "alias"."column"
std::string WriteColumn(const ResolvedColumn& column);

// The expression as SQL, in parentheses where it needs them. kUnsupported: a kind of expression, type, operator or function
// that is not on the lists in the .cc.
Result<std::string> WriteExpression(const formats::Json& node, std::span<const QueryTable> tables);

}  // namespace cloister::tables::internal

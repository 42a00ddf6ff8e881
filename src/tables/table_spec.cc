#include "tables/table_spec.h"

#include <set>

#include "tables/internal/names.h"

namespace cloister::tables {
namespace {

bool IsTableName(std::string_view name) {
  if (name.empty() || name.size() > 64 || name[0] < 'a' || name[0] > 'z') return false;
  return name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == name.npos;
}

}  // namespace

Result<void> TableSpec::Check() const {
  if (!IsTableName(name)) return Error(ErrorCode::kUsage, "table: expected a name of the form [a-z][a-z0-9_]*");
  std::set<std::string> names;
  bool has_key = false;
  for (const Column& column : columns) {
    if (column.name.empty() || column.name.size() > 256 || column.name.find('\0') != column.name.npos) {
      return Error(ErrorCode::kUsage, "table " + name + ": expected column names of 1 to 256 bytes without NUL");
    }
    if (!names.insert(internal::FoldCase(column.name)).second) {
      return Error(ErrorCode::kUsage, "table " + name + ": column " + column.name + " comes twice");
    }
    if (column.name == key && column.type == ColumnType::kNumber) {
      // 0.0 = -0.0 in a join, and yet they read differently: one person would pass for two.
      return Error(ErrorCode::kUsage, "table " + name + ": expected a person key that is text or an integer");
    }
    has_key = has_key || (column.name == key && column.use == ColumnUse::kLoaded);
  }
  if (!has_key) return Error(ErrorCode::kUsage, "table " + name + ": expected the person key among the loaded columns");
  return {};
}

}  // namespace cloister::tables

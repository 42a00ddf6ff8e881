// What a table looks like: its columns as the file has them, and which of them may be loaded.
#pragma once

#include "base/bytes.h"

namespace cloister::tables {

enum class ColumnType { kNumber, kInteger, kText };  // DOUBLE, BIGINT, VARCHAR

// kWithheld: in the file, but no contract permits it, so it never reaches the database.
enum class ColumnUse { kLoaded, kWithheld };

struct Column {
  std::string name;
  ColumnType type = ColumnType::kNumber;
  ColumnUse use = ColumnUse::kWithheld;
};

struct TableSpec {
  std::string name;             // as the SQL names it: [a-z][a-z0-9_]*
  std::vector<Column> columns;  // all, in the order of the file
  std::string key;              // the person key: a loaded column without empty cells

  // kUsage: a name is not as said, a column comes twice (case does not count), or the key is not loaded.
  Result<void> Check() const;
};

}  // namespace cloister::tables

#include "tables/internal/sql_syntax.h"

#include <set>

#include "tables/internal/connection.h"
#include "tables/internal/names.h"
#include "tables/internal/sql_expression.h"

namespace cloister::tables::internal {
namespace {

using formats::Json;

constexpr std::size_t kMaxTables = 16;
constexpr std::size_t kMaxColumns = 4096;

Result<void> Only(const Json& node, std::initializer_list<std::string_view> known) {
  return RefuseOtherMembers(node, {known.begin(), known.size()});
}

// The FROM part: its tables in order, and its SQL.
class FromClause {
 public:
  explicit FromClause(std::span<const TableSpec> specs) : specs_(specs) {}

  Result<std::string> Write(const Json& node) {
    const std::string type = TRY(node.GetString("type"));
    if (type == "BASE_TABLE") return WriteTable(node);
    if (type == "JOIN") return WriteJoin(node);
    return NotPermitted(type);
  }

  const std::vector<QueryTable>& tables() const { return tables_; }

 private:
  Result<std::string> WriteTable(const Json& node) {
    TRY(Only(node, {"table_name"}));
    const std::string name = FoldCase(TRY(node.GetString("table_name")));
    const std::string alias = TRY(node.FindString("alias")).value_or(name);
    const TableSpec* spec = nullptr;
    for (const TableSpec& candidate : specs_) {
      if (candidate.name == name) spec = &candidate;
    }
    if (spec == nullptr) return NotPermitted("table " + name);
    for (const QueryTable& table : tables_) {
      if (table.spec == spec || FoldCase(table.alias) == FoldCase(alias)) return NotPermitted("a table or alias twice");
    }
    if (tables_.size() == kMaxTables) return NotPermitted("joining more than " + std::to_string(kMaxTables) + " tables");
    tables_.push_back({alias, spec});
    return QuoteName(spec->name) + " AS " + QuoteName(alias);
  }

  Result<std::string> WriteJoin(const Json& node) {
    TRY(Only(node, {"left", "right", "condition", "join_type", "ref_type"}));
    const std::string join_type = TRY(node.GetString("join_type"));
    const std::string ref_type = TRY(node.GetString("ref_type"));
    if (ref_type != "REGULAR" || (join_type != "INNER" && join_type != "LEFT")) {
      return NotPermitted(ref_type + " " + join_type + " join");
    }
    const std::string left = TRY(Write(*TRY(node.GetObject("left"))));
    const Json& right_node = *TRY(node.GetObject("right"));
    if (TRY(right_node.GetString("type")) != "BASE_TABLE") return NotPermitted("a join inside a join's right side");
    const std::string right = TRY(WriteTable(right_node));
    const std::string condition = TRY(WriteCondition(*TRY(node.GetObject("condition"))));
    return left + (join_type == "LEFT" ? " LEFT JOIN " : " INNER JOIN ") + right + " ON " + condition;
  }

  // Exactly: key of the table just added = key of one before it.
  Result<std::string> WriteCondition(const Json& node) {
    if (TRY(node.GetString("type")) != "COMPARE_EQUAL") return NotPermitted("a join on anything but equal person keys");
    TRY(Only(node, {"left", "right"}));
    for (const std::string_view side : {"left", "right"}) {
      if (TRY(TRY(node.GetObject(side))->GetString("class")) != "COLUMN_REF") {
        return NotPermitted("a join on anything but equal person keys");
      }
    }
    const ResolvedColumn left = TRY(ResolveColumn(*TRY(node.GetObject("left")), tables_));
    const ResolvedColumn right = TRY(ResolveColumn(*TRY(node.GetObject("right")), tables_));
    const bool keys = left.column->name == left.table->spec->key && right.column->name == right.table->spec->key;
    const bool joins_last = (left.table == &tables_.back()) != (right.table == &tables_.back());
    if (!keys || !joins_last) return NotPermitted("a join on anything but equal person keys");
    if (left.column->type != right.column->type) return NotPermitted("a join of person keys of different types");
    return WriteColumn(left) + " = " + WriteColumn(right);
  }

  std::span<const TableSpec> specs_;
  std::vector<QueryTable> tables_;
};

Result<std::string> OutputName(const Json& item) {
  if (auto alias = TRY(item.FindString("alias")); alias && !alias->empty()) return *alias;
  if (TRY(item.GetString("class")) != "COLUMN_REF") return NotPermitted("a computed column without a name (AS)");
  return TRY(item.GetStrings("column_names")).back();
}

bool IsFirstKey(const ResolvedColumn& column, const std::vector<QueryTable>& tables) {
  return column.table == &tables.front() && column.column->name == tables.front().spec->key;
}

Result<const Json*> TheSelect(const Json& tree) {
  if (TRY(tree.GetBool("error"))) return Error(ErrorCode::kMalformed, "pipeline SQL: expected one SELECT that parses");
  const Json::Array& statements = *TRY(tree.GetArray("statements"));
  if (statements.size() != 1) return NotPermitted("anything but one statement");
  TRY(Only(statements[0], {"node"}));
  const Json* node = TRY(statements[0].GetObject("node"));
  if (const std::string type = TRY(node->GetString("type")); type != "SELECT_NODE") return NotPermitted(type);
  TRY(Only(*node, {"select_list", "from_table", "where_clause", "aggregate_handling"}));
  if (TRY(node->GetString("aggregate_handling")) != "STANDARD_HANDLING") return NotPermitted("GROUP BY");
  return node;
}

}  // namespace

Result<PreparationSql> CheckSyntax(const Json& tree, std::span<const TableSpec> specs, std::string_view person) {
  const Json& node = *TRY(TheSelect(tree));
  FromClause from(specs);
  const std::string from_sql = TRY(from.Write(*TRY(node.GetObject("from_table"))));
  const Json::Array& items = *TRY(node.GetArray("select_list"));
  if (items.size() > kMaxColumns) return NotPermitted("more than " + std::to_string(kMaxColumns) + " columns");

  PreparationSql out;
  std::string columns;
  std::set<std::string> names;
  bool has_person = false;
  for (const Json& item : items) {
    const std::string expression = TRY(WriteExpression(item, from.tables()));
    const std::string name = TRY(OutputName(item));
    if (!names.insert(FoldCase(name)).second) return NotPermitted("column name " + name + " twice");
    if (name == person) {
      if (!IsFirstKey(TRY(ResolveColumn(item, from.tables())), from.tables())) {
        return NotPermitted("column " + name + " other than the person key of the first table");
      }
      has_person = true;
      continue;
    }
    out.names.push_back(name);
    columns += ", TRY(CAST(" + expression + " AS DOUBLE))";
  }
  if (!has_person) return NotPermitted("a SELECT without the person key as column " + std::string(person));
  if (out.names.empty()) return NotPermitted("a SELECT of nothing but the person key");

  const QueryTable& first = from.tables().front();
  out.sql = "SELECT CAST(" + QuoteName(first.alias) + "." + QuoteName(first.spec->key) + " AS VARCHAR)" + columns +
            " FROM " + from_sql;
  if (const Json* where = node.Find("where_clause"); where != nullptr) {
    out.sql += " WHERE TRY(CAST(" + TRY(WriteExpression(*where, from.tables())) + " AS BOOLEAN))";
  }
  return out;
}

}  // namespace cloister::tables::internal

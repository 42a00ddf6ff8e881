#include "tables/internal/sql_expression.h"

#include <algorithm>
#include <charconv>

#include "tables/internal/connection.h"
#include "tables/internal/names.h"

namespace cloister::tables::internal {
namespace {

using formats::Json;
using Tables = std::span<const QueryTable>;

// All work on one row, and give the same each time.
constexpr std::string_view kFunctions[] = {
    "abs",   "ceil",  "ceiling", "contains",  "exp",   "floor",  "greatest", "isfinite", "isinf",
    "isnan", "least", "left",    "length",    "ln",    "log",    "log10",    "log2",     "lower",
    "ltrim", "nullif", "pow",    "power",     "prefix", "right", "round",    "rtrim",    "sign",
    "sqrt",  "starts_with", "substring", "suffix", "trim", "trunc", "upper", "regexp_full_match", "regexp_matches",
};
constexpr std::string_view kOperators[] = {"+", "-", "*", "/", "//", "%", "**", "^", "||", "~~", "!~~"};
constexpr std::string_view kCastTypes[] = {"BOOLEAN", "TINYINT", "SMALLINT", "INTEGER",
                                           "BIGINT",  "FLOAT",   "DOUBLE",   "VARCHAR"};
constexpr std::pair<std::string_view, std::string_view> kComparisons[] = {
    {"COMPARE_EQUAL", "="},
    {"COMPARE_NOTEQUAL", "<>"},
    {"COMPARE_LESSTHAN", "<"},
    {"COMPARE_GREATERTHAN", ">"},
    {"COMPARE_LESSTHANOREQUALTO", "<="},
    {"COMPARE_GREATERTHANOREQUALTO", ">="},
    {"COMPARE_DISTINCT_FROM", "IS DISTINCT FROM"},
    {"COMPARE_NOT_DISTINCT_FROM", "IS NOT DISTINCT FROM"},
};

// The database's names for what people write otherwise.
constexpr std::pair<std::string_view, std::string_view> kWords[] = {
    {"WINDOW", "a window function, which looks at other rows,"},
    {"SUBQUERY", "a subquery"},
    {"TABLE_FUNCTION", "a table function, such as one that reads files,"},
    {"modifiers", "ORDER BY, LIMIT or DISTINCT"},
    {"CROSS INNER join", "CROSS JOIN"},
    {"group_expressions", "GROUP BY"},
    {"sample", "sampling"},
    {"cte_map", "WITH"},
};

template <std::size_t N>
bool Contains(const std::string_view (&list)[N], std::string_view name) {
  return std::find(std::begin(list), std::end(list), name) != std::end(list);
}

Result<void> Only(const Json& node, std::initializer_list<std::string_view> known) {
  return RefuseOtherMembers(node, {known.begin(), known.size()});
}

Result<std::string> Child(const Json& node, std::string_view member, Tables tables) {
  return WriteExpression(*TRY(node.GetObject(member)), tables);
}

Result<std::vector<std::string>> Children(const Json& node, Tables tables) {
  std::vector<std::string> written;
  const Json* children = node.Find("children");
  if (children == nullptr) return written;
  for (const Json& child : *TRY(children->AsArray())) written.push_back(TRY(WriteExpression(child, tables)));
  return written;
}

std::string Joined(std::span<const std::string> parts, std::string_view between) {
  std::string out;
  for (const std::string& part : parts) out += (out.empty() ? "" : std::string(between)) + part;
  return out;
}

// A DECIMAL is an integer and the number of its digits after the point.
std::string WriteDecimal(std::int64_t value, std::int64_t scale) {
  std::string digits = std::to_string(value);
  const std::string sign = value < 0 ? "-" : "";
  digits.erase(0, sign.size());
  const auto after = static_cast<std::size_t>(scale);
  if (digits.size() <= after) digits.insert(0, after + 1 - digits.size(), '0');
  if (after > 0) digits.insert(digits.size() - after, ".");
  return "(" + sign + digits + ")";
}

Result<std::string> WriteConstant(const Json& node) {
  TRY(Only(node, {"value"}));
  const Json& value = *TRY(node.GetObject("value"));
  const Json& type = *TRY(value.GetObject("type"));
  const std::string id = TRY(type.GetString("id"));
  if (TRY(value.GetBool("is_null"))) return std::string("NULL");
  if (id == "VARCHAR") {
    const std::string text = TRY(value.FindString("value")).value_or("");  // the empty text is left out
    if (text.find('\0') != text.npos) return NotPermitted("text with NUL");
    return QuoteText(text);
  }
  if (id == "INTEGER" || id == "BIGINT") return "(" + std::to_string(TRY(value.GetInt("value"))) + ")";
  if (id == "DOUBLE") {
    char text[40];
    const auto end = std::to_chars(std::begin(text), std::end(text), TRY(value.GetNumber("value")));
    return "CAST('" + std::string(text, end.ptr) + "' AS DOUBLE)";
  }
  if (id == "DECIMAL") {
    const std::int64_t scale = TRY(TRY(type.GetObject("type_info"))->GetIntIn("scale", 0, 18));
    return WriteDecimal(TRY(value.GetInt("value")), scale);
  }
  return NotPermitted("a constant of type " + id);
}

Result<std::string> WriteFunction(const Json& node, Tables tables) {
  TRY(Only(node, {"function_name", "children", "order_bys", "is_operator"}));
  if (const Json* order = node.Find("order_bys"); order != nullptr) {
    const std::string_view empty[] = {"type"};
    TRY(RefuseOtherMembers(*order, empty));
  }
  const std::string name = FoldCase(TRY(node.GetString("function_name")));
  const std::vector<std::string> arguments = TRY(Children(node, tables));
  if (TRY(node.FindBool("is_operator")).value_or(false) && Contains(kOperators, name)) {
    if (arguments.size() == 1 && (name == "-" || name == "+")) return "(" + name + " " + arguments[0] + ")";
    if (arguments.size() == 2) return "(" + arguments[0] + " " + name + " " + arguments[1] + ")";
  }
  if (!Contains(kFunctions, name) || arguments.empty()) return NotPermitted("function " + name + ", which is not among those that work on one row,");
  return name + "(" + Joined(arguments, ", ") + ")";
}

Result<std::string> WriteComparison(const Json& node, std::string_view type, Tables tables) {
  TRY(Only(node, {"left", "right"}));
  const auto found = std::find_if(std::begin(kComparisons), std::end(kComparisons),
                                  [&](const auto& entry) { return entry.first == type; });
  if (found == std::end(kComparisons)) return NotPermitted(type);
  const std::string left = TRY(Child(node, "left", tables));
  return "(" + left + " " + std::string(found->second) + " " + TRY(Child(node, "right", tables)) + ")";
}

Result<std::string> WriteOperator(const Json& node, std::string_view type, Tables tables) {
  TRY(Only(node, {"children"}));
  const std::vector<std::string> children = TRY(Children(node, tables));
  if (children.empty()) return NotPermitted(type);
  if (type == "OPERATOR_COALESCE") return "coalesce(" + Joined(children, ", ") + ")";
  if (children.size() >= 2 && (type == "COMPARE_IN" || type == "COMPARE_NOT_IN")) {
    const std::string list = Joined(std::span(children).subspan(1), ", ");
    return "(" + children[0] + (type == "COMPARE_IN" ? " IN (" : " NOT IN (") + list + "))";
  }
  if (children.size() != 1) return NotPermitted(type);
  if (type == "OPERATOR_NOT") return "(NOT " + children[0] + ")";
  if (type == "OPERATOR_IS_NULL") return "(" + children[0] + " IS NULL)";
  if (type == "OPERATOR_IS_NOT_NULL") return "(" + children[0] + " IS NOT NULL)";
  if (type == "OPERATOR_TRY") return "TRY(" + children[0] + ")";
  return NotPermitted(type);
}

Result<std::string> WriteCase(const Json& node, Tables tables) {
  TRY(Only(node, {"case_checks", "else_expr"}));
  std::string out = "(CASE";
  for (const Json& check : *TRY(node.GetArray("case_checks"))) {
    TRY(check.RefuseUnknownMembers({"when_expr", "then_expr"}));
    out += " WHEN " + TRY(Child(check, "when_expr", tables));
    out += " THEN " + TRY(Child(check, "then_expr", tables));
  }
  return out + " ELSE " + TRY(Child(node, "else_expr", tables)) + " END)";
}

Result<std::string> WriteCast(const Json& node, Tables tables) {
  TRY(Only(node, {"child", "cast_type", "try_cast"}));
  const Json& type = *TRY(node.GetObject("cast_type"));
  std::string id = TRY(type.GetString("id"));
  if (id == "DECIMAL") {
    const Json& info = *TRY(type.GetObject("type_info"));
    id += "(" + std::to_string(TRY(info.GetIntIn("width", 1, 38)));
    id += ", " + std::to_string(TRY(info.FindInt("scale")).value_or(0)) + ")";
  } else if (!Contains(kCastTypes, id) || type.Find("type_info") != nullptr) {
    return NotPermitted("a cast to " + id);
  }
  return "TRY_CAST(" + TRY(Child(node, "child", tables)) + " AS " + id + ")";
}

Result<std::string> WriteBetween(const Json& node, Tables tables) {
  TRY(Only(node, {"input", "lower", "upper"}));
  const std::string input = TRY(Child(node, "input", tables));
  const std::string lower = TRY(Child(node, "lower", tables));
  return "(" + input + " BETWEEN " + lower + " AND " + TRY(Child(node, "upper", tables)) + ")";
}

Result<std::string> WriteConjunction(const Json& node, std::string_view type, Tables tables) {
  TRY(Only(node, {"children"}));
  const std::vector<std::string> children = TRY(Children(node, tables));
  if (children.size() < 2 || (type != "CONJUNCTION_AND" && type != "CONJUNCTION_OR")) return NotPermitted(type);
  return "(" + Joined(children, type == "CONJUNCTION_AND" ? " AND " : " OR ") + ")";
}

}  // namespace

Error NotPermitted(std::string_view what) {
  for (const auto& [name, words] : kWords) {
    if (what == name) what = words;
  }
  return Error(ErrorCode::kUnsupported, "pipeline SQL: " + std::string(what) + " is not permitted");
}

Result<void> RefuseOtherMembers(const Json& node, std::span<const std::string_view> known) {
  for (const auto& [name, value] : *TRY(node.AsObject())) {
    const bool common = name == "class" || name == "type" || name == "query_location" || name == "alias";
    if (!common && std::find(known.begin(), known.end(), name) == known.end()) return NotPermitted(name);
  }
  return {};
}

Result<ResolvedColumn> ResolveColumn(const Json& node, Tables tables) {
  if (TRY(node.GetString("class")) != "COLUMN_REF") return NotPermitted("anything but a plain column here");
  TRY(Only(node, {"column_names"}));
  const std::vector<std::string> names = TRY(node.GetStrings("column_names"));
  if (names.empty() || names.size() > 2) return NotPermitted("a name of " + std::to_string(names.size()) + " parts");
  std::optional<ResolvedColumn> found;
  for (const QueryTable& table : tables) {
    if (names.size() == 2 && FoldCase(names[0]) != FoldCase(table.alias)) continue;
    for (const Column& column : table.spec->columns) {
      if (column.use != ColumnUse::kLoaded || FoldCase(column.name) != FoldCase(names.back())) continue;
      if (found) return NotPermitted("column " + names.back() + ", which several tables have, without its table");
      found = ResolvedColumn{&table, &column};
    }
  }
  if (!found) return NotPermitted("column " + names.back());
  return *found;
}

std::string WriteColumn(const ResolvedColumn& column) {
  return QuoteName(column.table->alias) + "." + QuoteName(column.column->name);
}

Result<std::string> WriteExpression(const Json& node, Tables tables) {
  const std::string kind = TRY(node.GetString("class"));
  const std::string type = TRY(node.GetString("type"));
  if (kind == "COLUMN_REF") return WriteColumn(TRY(ResolveColumn(node, tables)));
  if (kind == "CONSTANT") return WriteConstant(node);
  if (kind == "FUNCTION") return WriteFunction(node, tables);
  if (kind == "COMPARISON") return WriteComparison(node, type, tables);
  if (kind == "OPERATOR") return WriteOperator(node, type, tables);
  if (kind == "CASE") return WriteCase(node, tables);
  if (kind == "CAST") return WriteCast(node, tables);
  if (kind == "BETWEEN") return WriteBetween(node, tables);
  if (kind == "CONJUNCTION") return WriteConjunction(node, type, tables);
  return NotPermitted(kind);
}

}  // namespace cloister::tables::internal

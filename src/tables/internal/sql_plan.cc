#include "tables/internal/sql_plan.h"

#include <algorithm>

#include "tables/internal/sql_expression.h"

namespace cloister::tables::internal {
namespace {

using formats::Json;

constexpr std::string_view kExpressions[] = {"BOUND_REF",        "BOUND_COLUMN_REF", "BOUND_CONSTANT", "BOUND_CAST",
                                             "BOUND_COMPARISON", "BOUND_CONJUNCTION", "BOUND_BETWEEN", "BOUND_CASE",
                                             "BOUND_OPERATOR",   "BOUND_FUNCTION"};

// Every expression anywhere below `value` is of a permitted class, and no operator hides there.
Result<void> CheckInside(const Json& value) {
  if (value.is_array()) {
    for (const Json& element : *TRY(value.AsArray())) TRY(CheckInside(element));
  }
  if (!value.is_object()) return {};
  for (const auto& [name, member] : *TRY(value.AsObject())) {
    if (name == "expression_class") {
      const std::string kind = TRY(member.AsString());
      if (std::find(std::begin(kExpressions), std::end(kExpressions), kind) == std::end(kExpressions)) {
        return NotPermitted(kind);
      }
    }
    if (name == "type" && member.is_string() && TRY(member.AsString()).starts_with("LOGICAL_")) {
      return NotPermitted("an operator inside an expression");
    }
    TRY(CheckInside(member));
  }
  return {};
}

Result<void> CheckScan(const Json& node, std::span<const TableSpec> tables) {
  if (TRY(node.GetString("name")) != "seq_scan") return NotPermitted("a table function");
  const Json& table = *TRY(node.GetObject("function_data"));
  const std::string name = TRY(table.GetString("table"));
  const bool known = std::any_of(tables.begin(), tables.end(), [&](const TableSpec& spec) { return spec.name == name; });
  if (!known || TRY(table.GetString("catalog")) != "memory" || TRY(table.GetString("schema")) != "main") {
    return NotPermitted("table " + name);
  }
  return {};
}

Result<void> CheckOperator(const Json& node, std::span<const TableSpec> tables) {
  const std::string type = TRY(node.GetString("type"));
  const Json* children_member = node.Find("children");
  const Json::Array none;
  const Json::Array& children = children_member == nullptr ? none : *TRY(children_member->AsArray());
  std::size_t expected = 1;
  if (type == "LOGICAL_GET") {
    expected = 0;
    TRY(CheckScan(node, tables));
  } else if (type == "LOGICAL_COMPARISON_JOIN") {
    expected = 2;
    const std::string join = TRY(node.FindString("join_type")).value_or("INNER");  // the default is left out
    if (join != "INNER" && join != "LEFT") return NotPermitted(join + " join");
  } else if (type != "LOGICAL_PROJECTION" && type != "LOGICAL_FILTER") {
    return NotPermitted(type);
  }
  if (children.size() != expected) return NotPermitted(type + " of " + std::to_string(children.size()));
  for (const auto& [name, member] : *TRY(node.AsObject())) {
    if (name != "children" && name != "type") TRY(CheckInside(member));
  }
  for (const Json& child : children) TRY(CheckOperator(child, tables));
  return {};
}

}  // namespace

Result<void> CheckPlan(const Json& plan, std::span<const TableSpec> tables) {
  if (TRY(plan.GetBool("error"))) return Error(ErrorCode::kMalformed, "pipeline SQL: types do not fit together");
  const Json::Array& plans = *TRY(plan.GetArray("plans"));
  if (plans.size() != 1) return NotPermitted("anything but one plan");
  return CheckOperator(plans[0], tables);
}

}  // namespace cloister::tables::internal

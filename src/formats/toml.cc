// The only file that knows the TOML library.
#include "formats/toml.h"

#include <cmath>

#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

namespace cloister::formats {
namespace {

Error AtLine(ErrorCode code, const toml::source_region& where, std::string_view message) {
  return Error(code, "TOML line " + std::to_string(where.begin.line) + ", column " +
                         std::to_string(where.begin.column) + ": " + std::string(message));
}

Result<Json> ToJson(const toml::node& node, std::size_t depth_left);

Result<Json> ArrayToJson(const toml::array& array, std::size_t depth_left) {
  Json out = Json::Array();
  for (const toml::node& element : array) out.Push(TRY(ToJson(element, depth_left)));
  return out;
}

Result<Json> TableToJson(const toml::table& table, std::size_t depth_left) {
  Json out = Json::Object();
  for (const auto& [key, value] : table) out.Set(key.str(), TRY(ToJson(value, depth_left)));
  return out;
}

Result<Json> ToJson(const toml::node& node, std::size_t depth_left) {
  if (const auto* text = node.as_string()) return Json(text->get());
  if (const auto* number = node.as_integer()) return Json(number->get());
  if (const auto* flag = node.as_boolean()) return Json(flag->get());
  if (const auto* number = node.as_floating_point()) {
    if (std::isfinite(number->get())) return Json(number->get());
    return AtLine(ErrorCode::kUnsupported, node.source(), "expected a finite float");
  }
  if (depth_left == 0) return AtLine(ErrorCode::kLimit, node.source(), "nested too deeply");
  if (const auto* array = node.as_array()) return ArrayToJson(*array, depth_left - 1);
  if (const auto* table = node.as_table()) return TableToJson(*table, depth_left - 1);
  return AtLine(ErrorCode::kUnsupported, node.source(), "expected a string, got a date or time");
}

}  // namespace

Result<Json> ParseToml(std::string_view text, const JsonLimits& limits) {
  if (text.size() > limits.max_bytes) {
    return Error(ErrorCode::kLimit, "TOML: expected at most " + std::to_string(limits.max_bytes) + " bytes, got " +
                                        std::to_string(text.size()));
  }
  const toml::parse_result parsed = toml::parse(text);
  if (!parsed) return AtLine(ErrorCode::kMalformed, parsed.error().source(), parsed.error().description());
  return ToJson(parsed.table(), limits.max_depth);
}

}  // namespace cloister::formats

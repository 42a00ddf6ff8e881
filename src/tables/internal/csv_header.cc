#include "tables/internal/csv_header.h"

namespace cloister::tables::internal {
namespace {

// Takes one cell off the front of `line`; the comma after it too.
std::string TakeCell(std::string_view& line) {
  std::string cell;
  bool quoted = false;
  std::size_t at = 0;
  for (; at < line.size(); ++at) {
    if (line[at] == '"') {
      const bool doubled = quoted && at + 1 < line.size() && line[at + 1] == '"';
      if (doubled) cell.push_back(line[++at]);
      quoted = doubled || !quoted;
    } else if (line[at] == ',' && !quoted) {
      break;
    } else {
      cell.push_back(line[at]);
    }
  }
  line.remove_prefix(std::min(at + 1, line.size()));
  return cell;
}

}  // namespace

Result<void> CheckCsvHeader(std::string_view content, const TableSpec& spec) {
  std::string_view line = content.substr(0, content.find('\n'));
  if (line.ends_with('\r')) line.remove_suffix(1);
  for (const Column& column : spec.columns) {
    if (TakeCell(line) != column.name) {
      return Error(ErrorCode::kMalformed, "table " + spec.name + ": expected column " + column.name +
                                              " in the header line, another is there");
    }
  }
  if (!line.empty()) {
    return Error(ErrorCode::kMalformed, "table " + spec.name + ": expected " + std::to_string(spec.columns.size()) +
                                            " columns in the header line, more are there");
  }
  return {};
}

}  // namespace cloister::tables::internal

// Names as DuckDB compares them.
#pragma once

#include <string>
#include <string_view>

namespace cloister::tables::internal {

// DuckDB takes names for equal that differ only in the case of ASCII letters.
inline std::string FoldCase(std::string_view name) {
  std::string folded(name);
  for (char& c : folded) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return folded;
}

}  // namespace cloister::tables::internal

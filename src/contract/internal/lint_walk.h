// How the linter goes through a contract without stopping at the first thing that is wrong.
#pragma once

#include "contract/lint.h"

namespace cloister::contract::internal {

class Walk {
 public:
  void Error(std::string pointer, std::string expected, std::string found, std::string advice) {
    Add(Severity::kError, std::move(pointer), std::move(expected), std::move(found), std::move(advice));
  }
  void Warn(std::string pointer, std::string expected, std::string found, std::string advice) {
    Add(Severity::kWarning, std::move(pointer), std::move(expected), std::move(found), std::move(advice));
  }
  void Note(std::string pointer, std::string expected, std::string found, std::string advice) {
    Add(Severity::kNote, std::move(pointer), std::move(expected), std::move(found), std::move(advice));
  }

  // A value as messages show it: short, quoted; "nothing" for a null pointer.
  static std::string Show(const formats::Json* value);
  // A number, also where it is written as a string, as DEPA does. None: it is no number.
  static std::optional<double> Number(const formats::Json* value);
  // Member `key` if it is a text that is not empty.
  static std::optional<std::string> Text(const formats::Json& json, std::string_view key);
  // Elements of array member `key`; empty where there is none.
  static const formats::Json::Array& Items(const formats::Json& json, std::string_view key);

  std::size_t size() const { return findings_.size(); }
  bool HasErrors() const;
  std::vector<Finding> Take() && { return std::move(findings_); }

 private:
  void Add(Severity severity, std::string pointer, std::string expected, std::string found, std::string advice);
  std::vector<Finding> findings_;
};

// What both versions have: id, dates, DIDs, purpose, placeholders, datasets, numbers as numbers.
void LintCommon(const formats::Json& contract, Time now, Walk& walk);
void LintVersion1(const formats::Json& contract, Walk& walk);
// Why a contract of DEPA (0.1) cannot become active, and what it would take.
void LintDepa(const formats::Json& contract, Walk& walk);

}  // namespace cloister::contract::internal

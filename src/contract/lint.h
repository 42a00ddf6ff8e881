// What is wrong with a contract, in words for those who draw it up. Reads contract/v1 and DEPA's 0.1.
#pragma once

#include "base/time.h"
#include "contract/contract.h"

namespace cloister::contract {

// kError: it cannot become active, or no room would run it. kWarning: it can, and somebody should look. kNote: worth
// knowing.
enum class Severity { kNote, kWarning, kError };
std::string_view SeverityName(Severity severity);

struct Finding {
  Severity severity;
  std::string pointer;   // RFC 6901 into the contract
  std::string expected;  // "a number below 1/rows = 0.000674"
  std::string found;     // "0.01"
  std::string advice;    // what to do
};

struct LintReport {
  std::string schema_version;     // "1", "0.1" or what was found
  std::vector<Finding> findings;  // errors first
  // No kError: Contract::FromJson takes it too.
  bool CanBecomeActive() const;
  std::size_t Count(Severity severity) const;
  // For people, one finding after the other; and for programs.
  std::string ToText() const;
  formats::Json ToJson() const;
};

// `now` is only compared with the contract's dates. Never fails: what is no contract at all is a finding.
LintReport Lint(std::string_view text, Time now);

}  // namespace cloister::contract

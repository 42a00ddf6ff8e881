// Command lines of the form `COMMAND [--option [VALUE]]… [-- REST…]`.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>
#include <span>

#include "base/result.h"

namespace cloister::simulator {

enum class OptionKind { kFlag, kOnce, kRepeated };

struct Options {
  std::map<std::string, std::vector<std::string>> values;
  std::vector<std::string> rest;  // after "--"

  // kUsage: an option that is not known, has no value, or comes twice where it may not.
  static Result<Options> Parse(std::span<const std::string> arguments, const std::map<std::string, OptionKind>& known);

  bool Has(const std::string& name) const { return values.contains(name); }
  // kUsage: not given.
  Result<std::string> Required(const std::string& name) const;
  std::string Or(const std::string& name, const std::string& otherwise) const;
  std::span<const std::string> All(const std::string& name) const;
};

}  // namespace cloister::simulator

#include "simulator/options.h"

namespace cloister::simulator {

Result<Options> Options::Parse(std::span<const std::string> arguments, const std::map<std::string, OptionKind>& known) {
  Options options;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& name = arguments[i];
    if (name == "--") {
      options.rest.assign(arguments.begin() + static_cast<std::ptrdiff_t>(i) + 1, arguments.end());
      return options;
    }
    const auto found = known.find(name);
    if (found == known.end()) return Error(ErrorCode::kUsage, "unknown option " + name);
    auto& values = options.values[name];
    if (found->second == OptionKind::kFlag) continue;
    if (found->second == OptionKind::kOnce && !values.empty()) return Error(ErrorCode::kUsage, name + " comes twice");
    if (++i == arguments.size()) return Error(ErrorCode::kUsage, name + " needs a value");
    values.push_back(arguments[i]);
  }
  return options;
}

Result<std::string> Options::Required(const std::string& name) const {
  const auto found = values.find(name);
  if (found == values.end()) return Error(ErrorCode::kUsage, name + " is required");
  return found->second.front();
}

std::string Options::Or(const std::string& name, const std::string& otherwise) const {
  const auto found = values.find(name);
  return found == values.end() ? otherwise : found->second.front();
}

std::span<const std::string> Options::All(const std::string& name) const {
  const auto found = values.find(name);
  if (found == values.end()) return {};
  return found->second;
}

}  // namespace cloister::simulator

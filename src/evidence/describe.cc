#include "evidence/describe.h"

#include <algorithm>

#include "evidence/internal/adapters.h"

namespace cloister::evidence {
namespace {

using formats::Json;
using Leaves = std::map<std::string, Json>;

// A member's name as a JSON pointer's token (RFC 6901 §3).
std::string Token(std::string_view name) {
  std::string token;
  for (const char c : name) token += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
  return token;
}

void Flatten(const Json& json, const std::string& pointer, Leaves& leaves) {
  if (json.is_object()) {
    for (const auto& [name, member] : **json.AsObject()) Flatten(member, pointer + "/" + Token(name), leaves);
  } else if (json.is_array()) {
    std::size_t index = 0;
    for (const Json& element : **json.AsArray()) Flatten(element, pointer + "/" + std::to_string(index++), leaves);
  } else {
    leaves.emplace(pointer, json);
  }
}

}  // namespace

Result<Json> DescribeUnverified(const EvidencePart& part) {
  if (part.content.size() > kMaxEvidence) {
    return Error(ErrorCode::kLimit, "evidence: expected at most " + std::to_string(kMaxEvidence) + " bytes, got " +
                                        std::to_string(part.content.size()));
  }
  const internal::Adapter& adapter = internal::AdapterOf(part.kind);
  if (adapter.describe == nullptr) return Error(ErrorCode::kUnsupported, std::string(adapter.name) + ": expected it as nvidia");
  return adapter.describe(part);
}

std::vector<EvidenceDifference> CompareDescriptions(const Json& before, const Json& after) {
  Leaves left, right;
  Flatten(before, "", left);
  Flatten(after, "", right);
  std::vector<EvidenceDifference> differences;
  for (const auto& [field, value] : left) {
    const auto other = right.find(field);
    if (other == right.end()) {
      differences.push_back({field, value, nullptr});
    } else if (!(other->second == value)) {
      differences.push_back({field, value, other->second});
    }
  }
  for (const auto& [field, value] : right) {
    if (!left.contains(field)) differences.push_back({field, nullptr, value});
  }
  std::sort(differences.begin(), differences.end(), [](const auto& a, const auto& b) { return a.field < b.field; });
  return differences;
}

}  // namespace cloister::evidence

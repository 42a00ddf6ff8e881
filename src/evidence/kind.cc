#include "evidence/kind.h"

#include "evidence/internal/adapters.h"

namespace cloister::evidence {
namespace {

std::string KnownNames() {
  std::string names;
  for (const internal::Adapter& adapter : internal::Adapters()) {
    names += (names.empty() ? "" : ", ") + std::string(adapter.name);
  }
  return names;
}

}  // namespace

std::string_view EvidenceKindName(EvidenceKind kind) { return internal::AdapterOf(kind).name; }

std::string_view PolicyInputName(EvidenceKind kind) { return internal::AdapterOf(kind).policy_name; }

Result<EvidenceKind> EvidenceKindFromName(std::string_view name) {
  for (const internal::Adapter& adapter : internal::Adapters()) {
    if (adapter.name == name) return adapter.kind;
  }
  return Error(ErrorCode::kUnsupported, "kind of evidence: expected one of " + KnownNames() + ", got another");
}

std::span<const EvidenceKind> AllEvidenceKinds() {
  static const std::vector<EvidenceKind>* const kinds = [] {
    auto* all = new std::vector<EvidenceKind>;
    for (const internal::Adapter& adapter : internal::Adapters()) all->push_back(adapter.kind);
    return all;
  }();
  return *kinds;
}

Result<EvidenceKind> DetectEvidence(ByteSpan content) {
  if (content.size() > kMaxEvidence) {
    return Error(ErrorCode::kLimit, "evidence: expected at most " + std::to_string(kMaxEvidence) + " bytes, got " +
                                        std::to_string(content.size()));
  }
  const auto json = internal::AsJson(content);
  std::optional<EvidenceKind> found;
  for (const internal::Adapter& adapter : internal::Adapters()) {
    if (adapter.fits == nullptr || !adapter.fits(content, json ? &*json : nullptr)) continue;
    if (found) {
      return Error(ErrorCode::kUnsupported, "evidence: expected one kind, this fits " + std::string(EvidenceKindName(*found)) +
                                                " and " + std::string(adapter.name));
    }
    found = adapter.kind;
  }
  if (!found) return Error(ErrorCode::kUnsupported, "evidence: expected one of " + KnownNames() + ", these bytes fit none");
  return *found;
}

}  // namespace cloister::evidence

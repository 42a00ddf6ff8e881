#include "evidence/nvidia/architecture.h"

#include <algorithm>

namespace cloister::evidence {

std::string_view NvidiaArchitectureName(NvidiaArchitecture architecture) {
  switch (architecture) {
    case NvidiaArchitecture::kHopper:
      return "HOPPER";
    case NvidiaArchitecture::kBlackwell:
      return "BLACKWELL";
    case NvidiaArchitecture::kLs10:
      return "LS10";
  }
  CHECK(false);
}

Result<NvidiaArchitecture> NvidiaArchitectureFromName(std::string_view name) {
  const auto same = [](char a, char b) { return (a >= 'a' && a <= 'z' ? a - 'a' + 'A' : a) == b; };
  for (const NvidiaArchitecture architecture :
       {NvidiaArchitecture::kHopper, NvidiaArchitecture::kBlackwell, NvidiaArchitecture::kLs10}) {
    const std::string_view known = NvidiaArchitectureName(architecture);
    if (std::equal(name.begin(), name.end(), known.begin(), known.end(), same)) return architecture;
  }
  return Error(ErrorCode::kUnsupported, "NVIDIA: expected HOPPER, BLACKWELL or LS10 as architecture");
}

Result<NvidiaArchitecture> NvidiaArchitectureOfChip(std::string_view chip) {
  if (chip.starts_with("GH")) return NvidiaArchitecture::kHopper;
  if (chip.starts_with("GB")) return NvidiaArchitecture::kBlackwell;
  if (chip == "LS10") return NvidiaArchitecture::kLs10;
  return Error(ErrorCode::kUnsupported, "NVIDIA: expected a chip GH…, GB… or LS10");
}

}  // namespace cloister::evidence

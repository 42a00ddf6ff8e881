// The lines of NVIDIA chips that we verify.
#pragma once

#include "base/bytes.h"

namespace cloister::evidence {

// kLs10 is the NVSwitch of Hopper systems; the others are GPUs.
enum class NvidiaArchitecture { kHopper, kBlackwell, kLs10 };

inline bool IsNvidiaSwitch(NvidiaArchitecture architecture) { return architecture == NvidiaArchitecture::kLs10; }

// "HOPPER", "BLACKWELL", "LS10", as evidence names them.
std::string_view NvidiaArchitectureName(NvidiaArchitecture architecture);
// Takes any case. kUnsupported: none of these.
Result<NvidiaArchitecture> NvidiaArchitectureFromName(std::string_view name);
// Of a chip such as "GH100". kUnsupported: a line that we don't know.
Result<NvidiaArchitecture> NvidiaArchitectureOfChip(std::string_view chip);

}  // namespace cloister::evidence

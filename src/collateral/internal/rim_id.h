// Names of NVIDIA's manifests.
#pragma once

#include <string_view>

namespace cloister::collateral::internal {

// Ids end in the version: a driver's with its dots, a VBIOS's without, in either case of letters.
bool EndsInVersion(std::string_view id, std::string_view version);

}  // namespace cloister::collateral::internal

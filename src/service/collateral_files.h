// What a verifier's owner holds of endorsements, in files told by their names (docs/evidence.md, "Collateral").
#pragma once

#include <filesystem>
#include <span>

#include "evidence/verify.h"

namespace cloister::service {

// Each of `paths` is a file or a folder of files, at most 256 in all. A file that is named itself, and whose name says nothing,
// is of AMD's. Reading proves nothing: verification does, under its anchors.
// kNotFound: no such file; kUsage: a file in a folder whose name says nothing; kLimit; errors of their parsers.
Result<evidence::EvidenceCollateral> ReadCollateral(std::span<const std::filesystem::path> paths);

}  // namespace cloister::service

// A SIMULATED processor kept in a folder: certificates, revocation list, its key, and the anchors file for verifiers.
#pragma once

#include <filesystem>

#include "evidence/snp/simulated.h"

namespace cloister::simulator {

// Files: processor.json, ark.der, ask.der, vcek.der, crl.der, vcek.key (mode 0600), anchors.json. kConflict: there is one
// already; kIo.
Result<void> SaveProcessor(const evidence::SimulatedSnpProcessor& processor, const std::filesystem::path& folder);
// kNotFound, kIo, kMalformed.
Result<evidence::SimulatedSnpProcessor> LoadProcessor(const std::filesystem::path& folder);

}  // namespace cloister::simulator

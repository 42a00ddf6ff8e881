// Opening a collateral store with the roots that the command line names.
#pragma once

#include "collateral/store.h"
#include "commands/collateral_commands.h"
#include "evidence/composite.h"

namespace cloister::commands {

// kUsage: a simulated root is named without its file; else as Store::Open.
Result<collateral::Store> OpenCollateral(const CollateralAt& at);
Result<collateral::Store> OpenOrMakeCollateral(const CollateralAt& at);

// What verifying `part`, and the devices of `machine` where it is a whole machine's, needs of `folder`: a collateral store, or a
// folder of files as service::ReadCollateral() takes it. An empty path is an empty collateral. Errors of either; kUntrusted: the store
// holds something that `anchors` don't vouch for.
Result<evidence::EvidenceCollateral> ReadCollateralFor(const evidence::EvidencePart& part,
                                                       const std::optional<evidence::KbsAttestation>& machine,
                                                       const std::filesystem::path& folder, const evidence::TrustAnchors& anchors, Time at);

}  // namespace cloister::commands

// Opening what a room handed over: first the whole chain is verified, only then an identity is used.
#pragma once

#include "report/verify_run.h"
#include "sealed/age_keys.h"

namespace cloister::commands {

struct OpenedOutput {
  contract::RunReport::Released output;
  SecretBytes plaintext;
  bool simulated = false;
  std::vector<std::string> steps;
};

// `file` is the sealed output; `proof` the proof.json beside it; `contract` one's own copy. The identity is not touched
// before report::VerifyRun and VerifiedRun::CheckOutput succeeded.
Result<OpenedOutput> OpenOutput(const std::filesystem::path& file, const std::filesystem::path& proof,
                                const contract::Contract& contract, const evidence::SimulatedAnchors& simulated,
                                const sealed::Identity& identity);

}  // namespace cloister::commands

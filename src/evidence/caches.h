// What was verified before, of every kind: so that a verifier that runs on pays one signature check for evidence of a machine
// that it saw before.
#pragma once

#include "evidence/cca/platform_cache.h"
#include "evidence/intel/verified_intel_cache.h"
#include "evidence/nitro/chain_cache.h"
#include "evidence/nvidia/verified_cache.h"
#include "evidence/snp/verified_chain_cache.h"

namespace cloister::evidence {

// Each has invariants of its own: nothing is found but by a digest over every byte that went into its verification, and dates
// and revocation are judged at each use. Safe to use from several threads.
struct EvidenceCaches {
  // `machines`: 1 or more, of each kind; some 50 KiB each, with eight GPUs 400 KiB.
  explicit EvidenceCaches(std::size_t machines)
      : snp(machines), intel(machines), nitro(machines), cca(machines), nvidia(machines * kNvidiaPartsOfAMachine) {}

  VerifiedChainCache snp;
  VerifiedIntelCache intel;
  NitroChainCache nitro;
  CcaPlatformCache cca;
  NvidiaVerifiedCache nvidia;

 private:
  static constexpr std::size_t kNvidiaPartsOfAMachine = 64;  // chains of 12 devices, manifests, answers
};

}  // namespace cloister::evidence

// Chains, manifests and OCSP answers that were verified before, so that the same machine's next report costs one signature
// check for each device.
#pragma once

#include <memory>

#include "evidence/nvidia/report.h"

namespace cloister::evidence {

namespace internal {
class NvidiaCacheState;
}

// Invariants: (1) it holds only what was verified whole when it came; (2) things are found only by SHA-256 over every byte
// that went into their verification, and the anchors; (3) dates are checked at each use, and what fails then is dropped;
// (4) at most `capacity` of each kind are kept, the one that was not used for longest goes first. Safe to use from several
// threads.
class NvidiaVerifiedCache {
 public:
  // `capacity`: 1 or more. A chain takes about 10 KiB, a manifest 30 KiB, an answer nothing to speak of.
  explicit NvidiaVerifiedCache(std::size_t capacity);
  ~NvidiaVerifiedCache();

  // How many chains, manifests and answers are kept.
  std::size_t size() const;

  internal::NvidiaCacheState& state() { return *state_; }

 private:
  std::unique_ptr<internal::NvidiaCacheState> state_;
};

}  // namespace cloister::evidence

// Platform halves of CCA tokens that were verified before: a realm's next token then costs one signature check and not
// two.
#pragma once

#include "evidence/digest_cache.h"

namespace cloister::evidence {

struct CcaVerification;
namespace internal {
struct VerifiedCcaPlatform;
}

// Invariants: (1) it holds only platform halves whose signature held, with the realm's key that they name; (2) one is
// found only by SHA-256 over every byte of the half and of the realm's key, and how that key was encoded and hashed;
// (3) at each use the key that verified it must still be the caller's for that platform, or it is verified anew; (4)
// lifecycle, challenge, personalization and reference values are judged at each use, never kept. Platform halves carry
// no dates. Safe to use from several threads.
class CcaPlatformCache {
 public:
  // `capacity`: 1 or more; an entry takes about 5 KiB.
  explicit CcaPlatformCache(std::size_t capacity);
  ~CcaPlatformCache();

  // How many halves are kept.
  std::size_t size() const { return platforms_.size(); }

 private:
  friend struct CcaVerification;
  DigestCache<internal::VerifiedCcaPlatform> platforms_;
};

}  // namespace cloister::evidence

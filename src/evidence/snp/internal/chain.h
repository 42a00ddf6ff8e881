// VEK, ASK, ARK and the ARK's revocation list: the part of a verification that stays true, and the part that time changes.
#pragma once

#include "evidence/snp/verify.h"

namespace cloister::evidence::internal {

// A chain whose signatures, names, line and anchor were checked. Immutable.
class VerifiedSnpChain {
 public:
  // As VerifySnpVek, which documents what success proves and the errors.
  static Result<VerifiedSnpChain> Verify(std::span<const SnpCertificate> presented, const SnpCollateral& collateral,
                                         const TrustAnchors& anchors, Time at);

  // All that depends on the time: that the three certificates and the list are current at `at`, and that the list does not
  // name the ASK. kExpired, kRevoked.
  Result<void> CheckAt(Time at) const;

  const SnpVek& vek() const { return vek_; }
  const SnpRoot& root() const { return root_; }
  SnpRevocation revocation() const { return list_ ? SnpRevocation::kChecked : SnpRevocation::kNotChecked; }

 private:
  VerifiedSnpChain(std::array<crypto::Certificate, 3> path, std::optional<crypto::Crl> list, SnpVek vek, SnpRoot root)
      : path_(std::move(path)), list_(std::move(list)), vek_(std::move(vek)), root_(std::move(root)) {}
  std::array<crypto::Certificate, 3> path_;  // VEK, ASK, ARK
  std::optional<crypto::Crl> list_;
  SnpVek vek_;
  SnpRoot root_;
};

}  // namespace cloister::evidence::internal

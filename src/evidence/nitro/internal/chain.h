// Root, bundle and leaf of a Nitro document: the part of a verification that stays true, and the part that time
// changes.
#pragma once

#include "evidence/nitro/internal/document.h"
#include "evidence/nitro/verify.h"

namespace cloister::evidence::internal {

// A chain whose signatures, order, uses and anchor were checked. Immutable.
class VerifiedNitroChain {
 public:
  // As VerifyNitro, which documents what success proves and the errors.
  static Result<VerifiedNitroChain> Verify(const NitroCertificates& certificates, const NitroCollateral& collateral,
                                           const TrustAnchors& anchors, Time at);

  // All that depends on the time: validity of certificates and lists, and revocation. kExpired, kRevoked.
  Result<void> CheckAt(Time at) const;

  const crypto::VerifyingKey& leaf_key() const { return leaf_key_; }
  const Root& root() const { return root_; }
  NitroRevocation revocation() const { return revocation_; }
  // The earliest of all notAfter.
  Time expires() const;

 private:
  struct Listed {
    std::size_t certificate;  // index in path_
    crypto::Crl list;
  };
  VerifiedNitroChain(std::vector<crypto::Certificate> path, std::vector<Listed> lists, crypto::VerifyingKey leaf_key,
                     Root root, NitroRevocation revocation)
      : path_(std::move(path)),
        lists_(std::move(lists)),
        leaf_key_(std::move(leaf_key)),
        root_(std::move(root)),
        revocation_(revocation) {}
  std::vector<crypto::Certificate> path_;  // the leaf first, the root last
  std::vector<Listed> lists_;
  crypto::VerifyingKey leaf_key_;
  Root root_;
  NitroRevocation revocation_;
};

}  // namespace cloister::evidence::internal

// PCK chain, revocation lists, TCB info and QE identity: the part of a verification that stays true for all quotes of a
// machine, and what of it time changes.
#pragma once

#include "evidence/intel/verify.h"

namespace cloister::evidence::internal {

// Immutable. Its signatures, names, roles and anchor were checked.
class VerifiedIntelChain {
 public:
  // `pck_chain`: PEM, PCK certificate first, then its CA and the root, perhaps with a NUL at the end. kNotFound,
  // kMalformed, kUntrusted, kExpired, kRevoked, as VerifyTdx has them.
  static Result<VerifiedIntelChain> Verify(std::string_view pck_chain, const IntelCollateral& collateral,
                                           IntelCollateralRule rule, const TrustAnchors& anchors, Time at);

  // All that depends on the time: validity of certificates, lists and collateral, and who is on the lists. kExpired,
  // kRevoked.
  Result<void> CheckAt(Time at) const;

  const PckExtension& pck() const { return pck_; }
  const crypto::VerifyingKey& pck_key() const { return pck_key_; }
  bool platform_ca() const { return platform_ca_; }
  const Root& root() const { return root_; }
  const crypto::Certificate& root_certificate() const { return pck_chain_.back(); }
  const std::optional<TcbInfo>& tcb_info() const { return tcb_info_; }
  const std::optional<QeIdentity>& qe_identity() const { return qe_identity_; }
  const std::optional<crypto::Crl>& root_crl() const { return root_crl_; }
  const std::optional<crypto::Crl>& pck_crl() const { return pck_crl_; }
  IntelDates dates() const { return dates_; }

 private:
  VerifiedIntelChain(std::vector<crypto::Certificate> pck_chain, PckExtension pck, crypto::VerifyingKey pck_key,
                     Root root)
      : pck_chain_(std::move(pck_chain)), pck_(std::move(pck)), pck_key_(std::move(pck_key)), root_(std::move(root)) {}
  Result<void> ReadLists(const IntelCollateral& collateral, IntelCollateralRule rule);
  Result<void> ReadTcb(const IntelCollateral& collateral, const TrustAnchors& anchors, Time at);
  Result<crypto::VerifyingKey> AddSigner(std::string_view pem, const TrustAnchors& anchors, Time at);
  void CollectDates();

  std::vector<crypto::Certificate> pck_chain_;  // PCK certificate, CA, root
  PckExtension pck_;
  crypto::VerifyingKey pck_key_;
  Root root_;
  bool platform_ca_ = false;
  std::vector<crypto::Certificate> tcb_signers_;  // with their roots
  std::optional<crypto::Crl> root_crl_, pck_crl_;
  std::optional<TcbInfo> tcb_info_;
  std::optional<QeIdentity> qe_identity_;
  IntelDates dates_{};
};

// Steps 4 and 5. Success proves that the PCK signed the report of a quoting enclave, and that the enclave named exactly
// this attestation key. kUntrusted.
Result<crypto::VerifyingKey> VerifyAttestationKey(const IntelQuoteView& quote, const crypto::VerifyingKey& pck_key);

}  // namespace cloister::evidence::internal

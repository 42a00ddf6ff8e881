// Certificates of virtual TPMs' attestation keys (AK), by the clouds that run them.
#pragma once

#include "evidence/anchors.h"
#include "evidence/tpm/verify.h"

namespace cloister::evidence {

enum class VtpmCloud { kAzure, kGoogle };

// What the verifier keeps itself for both clouds.
struct VtpmCollateral {
  std::vector<Bytes> certificates;      // DER: roots, and what lies between; used besides those that came along
  std::vector<Bytes> revocation_lists;  // DER; those that fit are applied, and must then be current
};

// Google's extension 1.3.6.1.4.1.11129.2.1.21: the instance that the TPM belongs to.
struct GceInstance {
  std::string zone, project_id, instance_name;
  std::uint64_t project_number, instance_id;
  bool production;  // false: Google's own tests
};

enum class VtpmRevocation { kChecked, kNotChecked };

// An attestation key that a cloud's root vouches for.
class VerifiedVtpmKey {
 public:
  const TpmAttestationKey& key() const { return key_; }
  const crypto::Certificate& certificate() const { return path_.front(); }
  const Root& root() const { return root_; }
  // kChecked: each certificate below the root, the key's own too, was looked for in its issuer's list.
  VtpmRevocation revocation() const { return revocation_; }
  const std::optional<GceInstance>& gce_instance() const { return gce_instance_; }  // Google only, and there always
  Time expires() const;  // of the certificates, the earliest

  // Adds ak_subject, ak_issuer, ak_root_sha256, collateral_expires; of Google gce_zone, gce_project_id, gce_project_number,
  // gce_instance_id, gce_instance_name (numbers as text: they need more than 53 bits), gce_production.
  void SetClaims(formats::Json& claims) const;

 private:
  friend Result<VerifiedVtpmKey> VerifyVtpmKey(VtpmCloud, ByteSpan, std::span<const Bytes>, const VtpmCollateral&, const TrustAnchors&, Time);
  VerifiedVtpmKey(TpmAttestationKey key, std::vector<crypto::Certificate> path, Root root, VtpmRevocation revocation,
                  std::optional<GceInstance> gce_instance)
      : key_(std::move(key)), path_(std::move(path)), root_(std::move(root)), revocation_(revocation), gce_instance_(std::move(gce_instance)) {}
  TpmAttestationKey key_;
  std::vector<crypto::Certificate> path_;  // the key's first, the root last
  Root root_;
  VtpmRevocation revocation_;
  std::optional<GceInstance> gce_instance_;
};

// The certificate at the start of an area of a TPM's non-volatile memory, whose rest is padding: bytes of only 0x00 or only 0xFF.
// kMalformed: other bytes behind it, or no certificate; kLimit: over 64 KiB.
Result<crypto::Certificate> ParsePaddedCertificate(ByteSpan area);

// `ak` is the key's certificate, as ParsePaddedCertificate takes it; `presented` are DER certificates that came along, in any order.
// Success proves that the cloud's root vouches for this key as one that signs only what the virtual TPM made, that the path was
// valid at `at` and, as far as revocation() goes, not revoked. Whose machine it is, and that nobody looks into it, it does not.
// Errors: kMalformed, kLimit, kUnsupported; kNotFound (a certificate on the way to the root is missing); kUntrusted, kExpired,
// kRevoked.
Result<VerifiedVtpmKey> VerifyVtpmKey(VtpmCloud cloud, ByteSpan ak, std::span<const Bytes> presented, const VtpmCollateral& collateral,
                                      const TrustAnchors& anchors, Time at);

// Reads GceInstance; who wrote it has not been looked at. kMalformed; kLimit: over 4 KiB.
Result<GceInstance> ParseGceInstance(ByteSpan extension);

}  // namespace cloister::evidence

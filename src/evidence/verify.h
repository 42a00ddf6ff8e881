// One entry for evidence of any kind: detection, verification, and what it showed. A VerifiedEvidence can only be made
// here.
//
// Memory: a part has at most 2 MiB (kMaxEvidence), refused before it is looked at; a verification then stays below
// kMaxVerificationMemory, whatever the part holds.
#pragma once

#include "evidence/anchors.h"
#include "evidence/caches.h"
#include "evidence/cca/verify.h"
#include "evidence/intel/verify.h"
#include "evidence/kind.h"
#include "evidence/nitro/verify.h"
#include "evidence/nvidia/verify.h"
#include "evidence/snp/verify.h"
#include "evidence/tokens/issuer.h"
#include "evidence/tpm/ak_certificate.h"
#include "evidence/tpm/enrolled_keys.h"

namespace cloister::evidence {

inline constexpr std::size_t kMaxVerificationMemory = std::size_t{256} << 20;

// Endorsements that the verifier keeps itself, of all makers.
// What is not at hand is not checked, and the findings say so.
struct EvidenceCollateral {
  SnpCollateral snp;
  PreparedIntelCollateral intel;
  NitroCollateral nitro;
  CcaPlatformKeys cca_keys;
  std::optional<CcaReferenceValues> cca_references;
  PreparedNvidiaCollateral nvidia;
  VtpmCollateral vtpm;
  EnrolledTpmKeys tpm_keys;
  std::vector<TokenIssuer> token_issuers;  // whose tokens are believed
};

// The bytes that the verifier chose and the hardware must have signed (report data, nonce, challenge), or the caller's
// word that a replay would do as well.
class ChosenNonce {
 public:
  // Padded with zeros where the hardware's field is longer, as the KBS protocol does. kUsage, at verification: longer
  // than the field, or empty.
  static ChosenNonce Exactly(ByteSpan nonce) { return ChosenNonce(ToBytes(nonce)); }
  // A digest over the nonce: padded, or cut where the field is shorter, as the KBS protocol does.
  static ChosenNonce Digest(ByteSpan digest) { return ChosenNonce(ToBytes(digest), true); }
  static ChosenNonce AnyNonce() { return ChosenNonce(std::nullopt); }
  const std::optional<Bytes>& value() const { return value_; }
  bool may_be_cut() const { return may_be_cut_; }

 private:
  explicit ChosenNonce(std::optional<Bytes> value, bool may_be_cut = false) : value_(std::move(value)), may_be_cut_(may_be_cut) {}
  std::optional<Bytes> value_;
  bool may_be_cut_;
};

// What the machine was launched with (HOST_DATA, MRCONFIGID, PCR 8 …), or the caller's word that any will do.
class ChosenInitData {
 public:
  // A digest, padded with zeros or cut to the field's length, as the KBS protocol does.
  static ChosenInitData Exactly(ByteSpan digest) { return ChosenInitData(ToBytes(digest)); }
  static ChosenInitData AnyInitData() { return ChosenInitData(std::nullopt); }
  const std::optional<Bytes>& value() const { return value_; }

 private:
  explicit ChosenInitData(std::optional<Bytes> value) : value_(std::move(value)) {}
  std::optional<Bytes> value_;
};

struct EvidenceExpectations {
  ChosenNonce nonce;
  ChosenInitData init_data;
  // Whom attestation tokens must be made for (`aud`). Google's name somebody always, so there it has to be given.
  std::optional<std::string> token_audience = std::nullopt;
};

// Something that verification could have looked at, and did not.
struct NotChecked {
  std::string what;
  std::string why;
};

// What verification of one part found. By itself it proves nothing: only as part of a VerifiedEvidence.
struct PartFindings {
  EvidenceKind kind;
  formats::Json claims;             // flat; docs/claims.md has each name
  std::vector<std::string> proved;  // in words
  std::vector<std::string> chain;   // who vouches, the signing key first, the root last
  std::vector<NotChecked> not_checked;
  // Of kSnp: the report itself, for rules that are about SNP; else null.
  std::shared_ptr<const VerifiedSnp> snp = nullptr;

  std::string_view Tee() const { return EvidenceKindName(kind); }
};

// A claim that verification leaves to a policy, where its value is one to look at.
struct LeftToPolicy {
  std::string claim;
  formats::Json value;
  std::string why;
};
// Of simulated, debug, td_migratable, vmpl, tcb_status, advisory_ids, gce_production, revocation: those whose value is not the best. In this order. And the
// measurement, always; of a machine with a TPM the loader's register too.
std::vector<LeftToPolicy> FindLeftToPolicy(const PartFindings& part);

struct KbsAttestation;
struct MachineExpectations;

// Evidence whose every part leads to a trust anchor. It says who signed what, not that this is good: a policy does.
class VerifiedEvidence {
 public:
  // One, unless the evidence is composite (composite.h): then the CPU first.
  std::span<const PartFindings> parts() const { return parts_; }
  // Whether any part rests on a simulated root: then no appraisal of it is affirming.
  bool simulated() const;
  Time verified_at() const { return at_; }

 private:
  friend Result<VerifiedEvidence> VerifyEvidence(const EvidencePart&, const EvidenceCollateral&, const TrustAnchors&,
                                                 const EvidenceExpectations&, Time, EvidenceCaches&);
  friend Result<VerifiedEvidence> VerifyEvidence(const KbsAttestation&, const EvidenceCollateral&, const TrustAnchors&,
                                                 const MachineExpectations&, Time, EvidenceCaches&);
  VerifiedEvidence(std::vector<PartFindings> parts, Time at) : parts_(std::move(parts)), at_(at) {}
  std::vector<PartFindings> parts_;
  Time at_;
};

// Success proves what `proved` of each part says: that hardware under one of `anchors` signed this evidence over the expected
// nonce and init-data, with everything between valid at `at`. There is one part, but of a JSON of several NVIDIA devices. Errors: kLimit, kMalformed, kUnsupported, kNotFound
// (collateral that is needed), kUntrusted, kExpired, kRevoked, kMismatch, kUsage.
Result<VerifiedEvidence> VerifyEvidence(const EvidencePart& part, const EvidenceCollateral& collateral,
                                        const TrustAnchors& anchors, const EvidenceExpectations& expected, Time at);
// The same, where `caches` spare what was verified before. For programs that verify often.
Result<VerifiedEvidence> VerifyEvidence(const EvidencePart& part, const EvidenceCollateral& collateral,
                                        const TrustAnchors& anchors, const EvidenceExpectations& expected, Time at,
                                        EvidenceCaches& caches);

}  // namespace cloister::evidence

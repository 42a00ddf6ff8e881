// A whole machine, its CPU and any number of devices, as one statement: the CPU's report data covers the devices' evidence, as
// the KBS protocol composes it (kbs.h; docs/formats/kbs.md, "Composite evidence").
#pragma once

#include "evidence/kbs.h"
#include "evidence/verify.h"

namespace cloister::evidence {

// Which devices a statement must have. What is missing, or more, or of another kind, refuses the whole.
class ExpectedDevices {
 public:
  static ExpectedDevices None() { return ExpectedDevices(std::map<EvidenceKind, std::size_t>()); }
  // So many of each kind; such as {{kNvidiaGpu, 8}, {kNvidiaSwitch, 4}}.
  static ExpectedDevices Exactly(std::map<EvidenceKind, std::size_t> counts) { return ExpectedDevices(std::move(counts)); }
  // Whatever the CPU vouches for, also nothing: a policy counts them.
  static ExpectedDevices WhateverIsBound() { return ExpectedDevices(std::nullopt); }
  const std::optional<std::map<EvidenceKind, std::size_t>>& counts() const { return counts_; }

 private:
  explicit ExpectedDevices(std::optional<std::map<EvidenceKind, std::size_t>> counts) : counts_(std::move(counts)) {}
  std::optional<std::map<EvidenceKind, std::size_t>> counts_;
};

struct MachineExpectations {
  // The bytes whose base64 is the statement's nonce.
  ChosenNonce nonce;
  // Beyond what the statement's own init-data demands, if it has any.
  ChosenInitData init_data;
  ExpectedDevices devices;
  // Entries of the additional evidence that are no devices and that the caller reads itself, such as "cloister". Bound by the
  // CPU like all others; any other is refused.
  std::vector<std::string> other_entries;
};

// The CPU's evidence, told by its members; so that a caller can choose collateral. Errors: DetectEvidence's; kUnsupported: it is
// no machine's; kLimit.
Result<EvidencePart> PrimaryPartOf(const KbsAttestation& machine);

// What a policy sees beside the claims, all of it bound by the CPU's evidence.
formats::Json RuntimeDataOf(const KbsAttestation& machine);

// Success proves, of every part, what its own verification proves, and that the CPU signed over exactly this text of the
// devices' evidence, this nonce and this key; each device over the same nonce and key; no device twice. parts() has the CPU
// first, then the devices in the order of the text. Where one part is refused all are.
// Errors: those of every part; kMismatch: nonce, devices missing, too many or unknown, one twice; kMalformed; kUnsupported: a
// CPU's place taken by a device or a token; kLimit: over 32 devices, over kMaxEvidence together.
Result<VerifiedEvidence> VerifyEvidence(const KbsAttestation& machine, const EvidenceCollateral& collateral,
                                        const TrustAnchors& anchors, const MachineExpectations& expected, Time at);
// The same, where `caches` spare what was verified before. For programs that verify often.
Result<VerifiedEvidence> VerifyEvidence(const KbsAttestation& machine, const EvidenceCollateral& collateral,
                                        const TrustAnchors& anchors, const MachineExpectations& expected, Time at,
                                        EvidenceCaches& caches);

}  // namespace cloister::evidence

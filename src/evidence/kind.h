// What kind of evidence some bytes are, told from the bytes alone. Telling proves nothing about who made them.
#pragma once

#include <span>
#include <string_view>

#include "base/bytes.h"

namespace cloister::evidence {

// No evidence is longer, in any form. Its JSON may take some hundred times its length in memory: see verify.h.
inline constexpr std::size_t kMaxEvidence = std::size_t{2} << 20;
// Files that belong to one piece of evidence (certificates, event logs) and how many there may be.
inline constexpr std::size_t kMaxAttachment = std::size_t{1} << 20;
inline constexpr std::size_t kMaxAttachments = 16;

// One row each in internal/adapters.cc.
enum class EvidenceKind {
  kSnp,           // an SNP report of 1184 bytes, or the KBS protocol's JSON of one
  kTdx,           // a quote of version 4 or 5, or the JSON with its event log
  kSgx,           // a quote of version 3 or more, or the JSON
  kNitro,         // COSE_Sign1 by a Nitro hypervisor
  kCca,           // CBOR tag 399, or the JSON
  kCsv,           // Trustee's JSON; can be looked at, not verified
  kNvidia,        // JSON of one or more devices; its parts are of the next two
  kNvidiaGpu,
  kNvidiaSwitch,
  kTpm,           // JSON of a quote by an enrolled key
  kGcpVtpm,       // the same with a certificate of Google's
  kAzSnpVtpm,     // JSON of a TPM quote and a paravisor's report
  kAzTdxVtpm,
  kToken,         // a JWT of another attestation service, or NVIDIA's bundle of them
};

// The name that --tee, claims and the KBS protocol use: "snp".
std::string_view EvidenceKindName(EvidenceKind kind);
// What a policy's input calls such claims, which is Trustee's name: "snp".
std::string_view PolicyInputName(EvidenceKind kind);
// kUnsupported: no such kind; the message lists them.
Result<EvidenceKind> EvidenceKindFromName(std::string_view name);
std::span<const EvidenceKind> AllEvidenceKinds();

// By length, magic numbers, tags and the names of JSON members. What fits two kinds fits none.
// kUnsupported: no kind that we know; kLimit: longer than kMaxEvidence.
Result<EvidenceKind> DetectEvidence(ByteSpan content);

// One piece of evidence: what hardware signed, and what the machine or its host handed over with it.
struct EvidencePart {
  EvidenceKind kind;
  Bytes content;
  std::vector<Bytes> attachments = {};  // certificates (DER or PEM), event logs: each as its kind takes it
};

}  // namespace cloister::evidence

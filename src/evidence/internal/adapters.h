// How each kind of evidence is told, verified and described: one row each in adapters.cc, one file each in adapters/.
#pragma once

#include "evidence/verify.h"

namespace cloister::evidence::internal {

struct VerifyInput {
  const EvidencePart& part;
  const EvidenceCollateral& collateral;
  const TrustAnchors& anchors;
  const EvidenceExpectations& expected;
  Time at;
  EvidenceCaches& caches;
};

// kMachine: what a secret may be given to. kDevice: belongs to a machine, which has to vouch for it. kStatement: somebody's word
// about either.
enum class Role { kMachine, kDevice, kStatement };

struct Adapter {
  EvidenceKind kind;
  std::string_view name;         // ours
  std::string_view policy_name;  // Trustee's, in the input of policies
  Role role;
  // A null pointer: kinds that only stand for parts of another.
  bool (*fits)(ByteSpan content, const formats::Json* json);  // `json` where the content is JSON
  Result<std::vector<PartFindings>> (*verify)(const VerifyInput& input);
  Result<formats::Json> (*describe)(const EvidencePart& part);
};

std::span<const Adapter> Adapters();
const Adapter& AdapterOf(EvidenceKind kind);

// The content as JSON, where it begins as an object or an array; a null pointer value otherwise.
std::optional<formats::Json> AsJson(ByteSpan content);

// The nonce, which has to be there, in a field of `size` bytes. kUsage: it is empty or longer, and may not be cut.
Result<Bytes> FitNonce(const ChosenNonce& nonce, std::size_t size);
// `digest` cut or padded to `size` bytes.
Bytes FitInitData(ByteSpan digest, std::size_t size);
// The entries of not_checked that every kind has.
void SayWhatWasNotExpected(const EvidenceExpectations& expected, PartFindings& findings);
// An attachment's certificates: DER, or PEM blocks.
Result<std::vector<Bytes>> CertificatesOf(ByteSpan attachment);

// Of all kinds that Intel signed: which collateral is at hand, and what a verification with it showed of the platform.
IntelCollateralRule IntelRuleFor(const IntelCollateral& collateral);
void SayWhatIntelProved(const VerifiedIntelPlatform& platform, PartFindings& findings);
// Of all kinds with a TPM: all PCRs of SHA-256, the init-data, and the nonce, as long as the quote's is: padded with zeros, or, of a
// digest, its first 32 bytes or more. kMismatch: the quote's is shorter; kUsage: see FitNonce, ExpectedTpmInitData.
Result<TpmExpectations> TpmExpectationsFor(const EvidenceExpectations& expected, ByteSpan message);
formats::Json DescribeQuote(const TpmQuote& quote, const PcrValues& pcrs);

// Verifies any part; kUnsupported where its kind only stands for parts of another.
Result<std::vector<PartFindings>> VerifyPart(const VerifyInput& input);
// kMismatch: two of `parts` are the same device.
Result<void> RefuseDoubledDevices(std::span<const PartFindings> parts);

#define CLOISTER_EVIDENCE_ADAPTER(Name)                                              \
  bool Is##Name(ByteSpan content, const formats::Json* json);                        \
  Result<std::vector<PartFindings>> Verify##Name##Part(const VerifyInput& input);    \
  Result<formats::Json> Describe##Name(const EvidencePart& part)

CLOISTER_EVIDENCE_ADAPTER(Snp);
CLOISTER_EVIDENCE_ADAPTER(Tdx);
CLOISTER_EVIDENCE_ADAPTER(Sgx);
CLOISTER_EVIDENCE_ADAPTER(Nitro);
CLOISTER_EVIDENCE_ADAPTER(Cca);
CLOISTER_EVIDENCE_ADAPTER(Csv);
CLOISTER_EVIDENCE_ADAPTER(Nvidia);
CLOISTER_EVIDENCE_ADAPTER(Tpm);
CLOISTER_EVIDENCE_ADAPTER(GcpVtpm);
CLOISTER_EVIDENCE_ADAPTER(AzSnpVtpm);
CLOISTER_EVIDENCE_ADAPTER(AzTdxVtpm);
CLOISTER_EVIDENCE_ADAPTER(Token);
#undef CLOISTER_EVIDENCE_ADAPTER

}  // namespace cloister::evidence::internal

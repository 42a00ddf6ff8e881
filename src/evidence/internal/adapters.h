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
};

struct Adapter {
  EvidenceKind kind;
  std::string_view name;         // ours
  std::string_view policy_name;  // Trustee's, in the input of policies
  bool (*fits)(ByteSpan content, const formats::Json* json);  // `json` where the content is JSON
  Result<PartFindings> (*verify)(const VerifyInput& input);
  Result<formats::Json> (*describe)(const EvidencePart& part);
};

std::span<const Adapter> Adapters();
const Adapter& AdapterOf(EvidenceKind kind);

// The content as JSON, where it begins as an object or an array; a null pointer value otherwise.
std::optional<formats::Json> AsJson(ByteSpan content);

// `nonce` in a field of `size` bytes. kUsage: it is empty or longer.
Result<Bytes> PadNonce(ByteSpan nonce, std::size_t size);
// `digest` cut or padded to `size` bytes.
Bytes FitInitData(ByteSpan digest, std::size_t size);
// The entries of not_checked that every kind has.
void SayWhatWasNotExpected(const EvidenceExpectations& expected, PartFindings& findings);
// An attachment's certificates: DER, or PEM blocks.
Result<std::vector<Bytes>> CertificatesOf(ByteSpan attachment);

bool IsSnp(ByteSpan content, const formats::Json* json);
Result<PartFindings> VerifySnpPart(const VerifyInput& input);
Result<formats::Json> DescribeSnp(const EvidencePart& part);

}  // namespace cloister::evidence::internal

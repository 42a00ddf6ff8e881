#include "evidence/internal/adapters.h"

#include "crypto/x509.h"
#include "formats/pem.h"

namespace cloister::evidence::internal {
namespace {

constexpr Adapter kAdapters[] = {
    {EvidenceKind::kSnp, "snp", "snp", IsSnp, VerifySnpPart, DescribeSnp},
};

}  // namespace

std::span<const Adapter> Adapters() { return kAdapters; }

const Adapter& AdapterOf(EvidenceKind kind) {
  for (const Adapter& adapter : kAdapters) {
    if (adapter.kind == kind) return adapter;
  }
  CHECK(false);
}

std::optional<formats::Json> AsJson(ByteSpan content) {
  const std::string_view text = AsText(content);
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos || (text[first] != '{' && text[first] != '[')) return std::nullopt;
  auto json = formats::Json::Parse(text, {.max_bytes = kMaxEvidence, .max_depth = 16});
  if (!json) return std::nullopt;
  return *std::move(json);
}

Result<Bytes> PadNonce(ByteSpan nonce, std::size_t size) {
  if (nonce.empty() || nonce.size() > size) {
    return Error(ErrorCode::kUsage, "nonce: expected 1 to " + std::to_string(size) + " bytes, which is what this hardware signs, got " +
                                        std::to_string(nonce.size()));
  }
  Bytes padded = ToBytes(nonce);
  padded.resize(size);
  return padded;
}

Bytes FitInitData(ByteSpan digest, std::size_t size) {
  Bytes fitted = ToBytes(digest);
  fitted.resize(size);
  return fitted;
}

void SayWhatWasNotExpected(const EvidenceExpectations& expected, PartFindings& findings) {
  if (!expected.nonce.value()) {
    findings.not_checked.push_back({"freshness", "no nonce was given: this may be a replay of old evidence"});
  }
  if (!expected.init_data.value()) {
    findings.not_checked.push_back({"init-data", "none was given to compare with: what the machine was launched with is its own word"});
  }
}

Result<std::vector<Bytes>> CertificatesOf(ByteSpan attachment) {
  if (AsText(attachment).starts_with("-----BEGIN ")) return formats::ParsePemOf("CERTIFICATE", AsText(attachment));
  TRY(crypto::Certificate::ParseDer(attachment));
  return std::vector<Bytes>{ToBytes(attachment)};
}

}  // namespace cloister::evidence::internal

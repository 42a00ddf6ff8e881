#include "evidence/internal/adapters.h"

#include <set>

#include "crypto/x509.h"
#include "formats/pem.h"

namespace cloister::evidence::internal {
namespace {

constexpr Adapter kAdapters[] = {
    {EvidenceKind::kSnp, "snp", "snp", Role::kMachine, IsSnp, VerifySnpPart, DescribeSnp},
    {EvidenceKind::kTdx, "tdx", "tdx", Role::kMachine, IsTdx, VerifyTdxPart, DescribeTdx},
    {EvidenceKind::kSgx, "sgx", "sgx", Role::kMachine, IsSgx, VerifySgxPart, DescribeSgx},
    {EvidenceKind::kNitro, "nitro", "nitro", Role::kMachine, IsNitro, VerifyNitroPart, DescribeNitro},
    {EvidenceKind::kCca, "cca", "cca", Role::kMachine, IsCca, VerifyCcaPart, DescribeCca},
    {EvidenceKind::kCsv, "csv", "csv", Role::kMachine, IsCsv, VerifyCsvPart, DescribeCsv},
    {EvidenceKind::kNvidia, "nvidia", "nvidia", Role::kDevice, IsNvidia, VerifyNvidiaPart, DescribeNvidia},
    {EvidenceKind::kNvidiaGpu, "nvidia-gpu", "nvidia", Role::kDevice, nullptr, nullptr, nullptr},
    {EvidenceKind::kNvidiaSwitch, "nvidia-switch", "nvidia", Role::kDevice, nullptr, nullptr, nullptr},
    {EvidenceKind::kTpm, "tpm", "tpm", Role::kMachine, IsTpm, VerifyTpmPart, DescribeTpm},
    {EvidenceKind::kGcpVtpm, "gcp-vtpm", "gcp-vtpm", Role::kMachine, IsGcpVtpm, VerifyGcpVtpmPart, DescribeGcpVtpm},
    {EvidenceKind::kAzSnpVtpm, "az-snp-vtpm", "az-snp-vtpm", Role::kMachine, IsAzSnpVtpm, VerifyAzSnpVtpmPart, DescribeAzSnpVtpm},
    {EvidenceKind::kAzTdxVtpm, "az-tdx-vtpm", "az-tdx-vtpm", Role::kMachine, IsAzTdxVtpm, VerifyAzTdxVtpmPart, DescribeAzTdxVtpm},
    {EvidenceKind::kToken, "token", "token", Role::kStatement, IsToken, VerifyTokenPart, DescribeToken},
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

Result<Bytes> FitNonce(const ChosenNonce& nonce, std::size_t size) {
  CHECK(nonce.value().has_value());
  const Bytes& value = *nonce.value();
  if (value.empty() || (value.size() > size && !nonce.may_be_cut())) {
    return Error(ErrorCode::kUsage, "nonce: expected 1 to " + std::to_string(size) + " bytes, which is what this hardware signs, got " +
                                        std::to_string(value.size()));
  }
  Bytes fitted = value;
  fitted.resize(size);
  return fitted;
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

Result<std::vector<PartFindings>> VerifyPart(const VerifyInput& input) {
  const Adapter& adapter = AdapterOf(input.part.kind);
  if (adapter.verify == nullptr) {
    return Error(ErrorCode::kUnsupported, std::string(adapter.name) + ": expected it as nvidia, the JSON of all devices");
  }
  return adapter.verify(input);
}

Result<void> RefuseDoubledDevices(std::span<const PartFindings> parts) {
  std::set<std::string> seen;
  for (const PartFindings& part : parts) {
    if (AdapterOf(part.kind).role != Role::kDevice) continue;
    const auto id = part.claims.GetString("hardware_id");
    if (!id || !seen.insert(*id).second) return Error(ErrorCode::kMismatch, "devices: expected each once and with an id of its hardware");
  }
  return {};
}

}  // namespace cloister::evidence::internal

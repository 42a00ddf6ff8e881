#include "commands/evidence_files.h"

#include <algorithm>

#include "base/file.h"
#include "crypto/x509.h"
#include "service/broker_service.h"

namespace cloister::commands {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxCollateralFiles = 256;

bool IsCertificate(ByteSpan content) {
  return AsText(content).starts_with("-----BEGIN CERTIFICATE-----") || crypto::Certificate::ParseDer(content).has_value();
}

Result<evidence::EvidenceKind> KindOf(ByteSpan content, const std::string& tee) {
  if (tee == "auto") return evidence::DetectEvidence(content);
  return evidence::EvidenceKindFromName(tee);
}

}  // namespace

Result<evidence::EvidencePart> ReadEvidence(const std::vector<std::string>& files, const std::string& tee) {
  std::optional<evidence::EvidencePart> part;
  std::vector<Bytes> attachments;
  for (const std::string& file : files) {
    Bytes content = TRY(ReadFile(file, evidence::kMaxEvidence));
    if (IsCertificate(content)) {
      attachments.push_back(std::move(content));
      continue;
    }
    const auto kind = TRY_WITH(file, KindOf(content, tee));
    if (part) return Error(ErrorCode::kUsage, "expected one piece of evidence and what belongs to it, " + file + " is another piece");
    part = evidence::EvidencePart{kind, std::move(content)};
  }
  if (!part) return Error(ErrorCode::kUsage, "expected evidence, got certificates only");
  part->attachments = std::move(attachments);
  return *std::move(part);
}

Result<evidence::EvidenceCollateral> ReadCollateral(const fs::path& folder) {
  evidence::EvidenceCollateral collateral;
  if (folder.empty()) return collateral;
  std::error_code error;
  std::vector<fs::path> certificates;
  std::size_t count = 0;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    if (++count > kMaxCollateralFiles) return Error(ErrorCode::kLimit, folder.string() + ": expected at most 256 files of collateral");
    const std::string extension = it->path().extension().string();
    if (extension == ".der" || extension == ".pem" || extension == ".crt" || extension == ".cer" || extension == ".crl") {
      certificates.push_back(it->path());
    } else {
      return Error(ErrorCode::kUsage, it->path().string() + ": expected collateral named as docs/evidence.md says");
    }
  }
  if (error) return Error(ErrorCode::kNotFound, folder.string() + ": expected a folder of collateral: " + error.message());
  std::sort(certificates.begin(), certificates.end());
  collateral.snp = TRY(service::LoadCollateral(certificates));
  return collateral;
}

Result<evidence::TrustAnchors> ReadAnchors(const std::string& simulated_anchors, const std::vector<std::string>& accept) {
  if (simulated_anchors.empty()) {
    if (accept.empty()) return evidence::TrustAnchors::Vendors();
    return Error(ErrorCode::kUsage, "--accept-simulated: expected --simulated-anchors beside it, which holds those roots, got none");
  }
  const auto simulated = TRY(evidence::SimulatedAnchors::Load(simulated_anchors));
  std::vector<crypto::Sha256Digest> named;
  for (const std::string& hex : accept) {
    const Bytes digest = TRY_WITH("--accept-simulated", FromHex(hex));
    named.push_back(TRY_WITH("--accept-simulated", ToArray<32>(digest)));
  }
  return evidence::TrustAnchors::VendorsAndSimulated(simulated, named);
}

}  // namespace cloister::commands

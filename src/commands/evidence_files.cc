#include "commands/evidence_files.h"

#include <algorithm>
#include <charconv>

#include "base/file.h"
#include "crypto/x509.h"
#include "service/broker_service.h"

namespace cloister::commands {
namespace {

namespace fs = std::filesystem;

using formats::Json;

constexpr std::size_t kMaxCollateralFiles = 256;
constexpr std::size_t kMaxCollateralFile = std::size_t{4} << 20;

bool IsCertificate(ByteSpan content) {
  return AsText(content).starts_with("-----BEGIN CERTIFICATE-----") || crypto::Certificate::ParseDer(content).has_value();
}

Result<evidence::EvidenceKind> KindOf(ByteSpan content, const std::string& tee) {
  if (tee == "auto") return evidence::DetectEvidence(content);
  return evidence::EvidenceKindFromName(tee);
}

// Files that hold one thing of Intel's, by name.
std::string* IntelPlace(evidence::IntelCollateral& intel, std::string_view name) {
  if (name == "tcb_info.json") return &intel.tcb_info;
  if (name == "qe_identity.json") return &intel.qe_identity;
  if (name == "tcb_info_issuer_chain.pem") return &intel.tcb_info_issuer_chain;
  if (name == "qe_identity_issuer_chain.pem") return &intel.qe_identity_issuer_chain;
  if (name == "pck_chain.pem") return &intel.pck_chain;
  return nullptr;
}

// {"service", "issuer", "keys": […]}: whose tokens are believed.
Result<evidence::TokenIssuer> ReadIssuer(ByteSpan content) {
  const Json json = TRY(Json::Parse(AsText(content)));
  const auto service = TRY(evidence::TokenServiceFromName(TRY(json.GetString("service"))));
  Json keys = Json::Object{{"keys", *TRY(json.Get("keys"))}};
  return evidence::TokenIssuer::WithKeys(service, TRY(json.GetString("issuer")), keys);
}

// Puts one file where its name says it belongs; false where the name says nothing.
Result<bool> TakeFile(const fs::path& file, Bytes content, evidence::EvidenceCollateral& collateral) {
  const std::string name = file.filename().string();
  if (std::string* place = IntelPlace(collateral.intel, name)) *place = std::string(AsText(content));
  else if (name == "root_ca_crl.der" || name == "root_ca_crl.pem") collateral.intel.root_crl = std::move(content);
  else if (name == "pck_crl.der" || name == "pck_crl.pem") collateral.intel.pck_crl = std::move(content);
  else if (name == "cca-platform-keys.json") collateral.cca_keys = TRY(evidence::CcaPlatformKeys::ParseTrusteeStore(AsText(content)));
  else if (name == "cca-reference-values.json") collateral.cca_references = TRY(evidence::CcaReferenceValues::ParseTrusteeStore(AsText(content)));
  else if (name.starts_with("token-issuer-") && name.ends_with(".json")) collateral.token_issuers.push_back(TRY(ReadIssuer(content)));
  else if (name.starts_with("nitro-") && name.ends_with(".crl")) collateral.nitro.revocation_lists.push_back(std::move(content));
  else if (name == "tpm-keys.json") collateral.tpm_keys = TRY(evidence::EnrolledTpmKeys::Parse(AsText(content)));
  else if (name.starts_with("vtpm-") && name.ends_with(".crl")) collateral.vtpm.revocation_lists.push_back(std::move(content));
  else if (name.starts_with("vtpm-") && name.ends_with(".der")) collateral.vtpm.certificates.push_back(std::move(content));
  else if (name.ends_with(".xml")) collateral.nvidia.rims.push_back(std::move(content));
  else if (name.ends_with(".ocsp")) collateral.nvidia.ocsp.push_back({std::move(content), std::nullopt});
  else return false;
  return true;
}

bool IsAmdName(const fs::path& file) {
  const std::string extension = file.extension().string();
  return extension == ".der" || extension == ".pem" || extension == ".crt" || extension == ".cer" || extension == ".crl";
}

}  // namespace

Result<std::vector<GivenFile>> ReadGiven(const std::vector<std::string>& names) {
  if (names.size() > evidence::kMaxAttachments + 1) {
    return Error(ErrorCode::kLimit, "expected at most " + std::to_string(evidence::kMaxAttachments + 1) + " files, got " + std::to_string(names.size()));
  }
  std::vector<GivenFile> files;
  for (const std::string& name : names) {
    Bytes content = TRY(ReadFile(name == "-" ? "/dev/stdin" : name, evidence::kMaxEvidence));
    files.push_back({name, std::move(content)});
  }
  return files;
}

Result<std::optional<evidence::KbsAttestation>> ReadMachine(std::span<const GivenFile> files) {
  if (files.size() != 1) return std::optional<evidence::KbsAttestation>();
  const std::string_view text = AsText(files[0].content);
  if (!text.starts_with("{") || text.find("\"tee-evidence\"") == std::string_view::npos) return std::optional<evidence::KbsAttestation>();
  const Json json = TRY_WITH(files[0].name, Json::Parse(text, {.max_bytes = evidence::kMaxEvidence}));
  if (json.Find("tee-evidence") == nullptr) return std::optional<evidence::KbsAttestation>();
  return std::optional(TRY_WITH(files[0].name, evidence::KbsAttestation::FromJson(json)));
}

Result<evidence::ExpectedDevices> ReadDevices(const std::vector<std::string>& counts) {
  std::map<evidence::EvidenceKind, std::size_t> devices;
  for (const std::string& one : counts) {
    const std::size_t equals = one.find('=');
    const auto kind = evidence::EvidenceKindFromName(one.substr(0, equals));
    std::size_t count = 0;
    const char* begin = equals == std::string::npos ? nullptr : one.data() + equals + 1;
    const bool number = begin != nullptr && std::from_chars(begin, one.data() + one.size(), count).ptr == one.data() + one.size();
    if (!kind || !number || count == 0 || count > 64 || !devices.emplace(*kind, count).second) {
      return Error(ErrorCode::kUsage, "--devices: expected KIND=COUNT, each kind once, such as nvidia-gpu=8");
    }
  }
  return evidence::ExpectedDevices::Exactly(std::move(devices));
}

Result<evidence::EvidencePart> ReadEvidence(std::span<const GivenFile> files, const std::string& tee) {
  std::optional<evidence::EvidencePart> part;
  std::vector<Bytes> attachments;
  for (const auto& [file, content] : files) {
    if (IsCertificate(content)) {
      attachments.push_back(content);
      continue;
    }
    const auto kind = KindOf(content, tee);
    if (kind && part && tee == "auto") {
      return Error(ErrorCode::kUsage, "expected one piece of evidence and what belongs to it, " + file + " is another piece");
    }
    if (part) {
      attachments.push_back(content);  // such as an event log: the evidence's own verifier says whether it takes it
    } else {
      part = evidence::EvidencePart{TRY_WITH(file, kind), content};
    }
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
    Bytes content = TRY(ReadFile(it->path(), kMaxCollateralFile));
    if (TRY_WITH(it->path().string(), TakeFile(it->path(), std::move(content), collateral))) continue;
    if (!IsAmdName(it->path())) {
      return Error(ErrorCode::kUsage, it->path().string() + ": expected collateral named as docs/evidence.md says");
    }
    certificates.push_back(it->path());
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

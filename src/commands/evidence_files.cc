#include "commands/evidence_files.h"

#include <charconv>

#include "base/file.h"
#include "crypto/x509.h"

namespace cloister::commands {
namespace {

using formats::Json;

bool IsCertificate(ByteSpan content) {
  return AsText(content).starts_with("-----BEGIN CERTIFICATE-----") || crypto::Certificate::ParseDer(content).has_value();
}

Result<evidence::EvidenceKind> KindOf(ByteSpan content, const std::string& tee) {
  if (tee == "auto") return evidence::DetectEvidence(content);
  return evidence::EvidenceKindFromName(tee);
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

#include "commands/collateral_store.h"

#include "collateral/lookup.h"
#include "commands/evidence_files.h"
#include "evidence/snp/json.h"

namespace cloister::commands {
namespace {

// The report in SNP evidence of either form; none where it has another.
std::optional<evidence::SnpReport> ReportOf(ByteSpan content) {
  const auto take = [](const auto& parsed) { return parsed ? std::optional(*parsed) : std::nullopt; };
  if (content.size() == evidence::kSnpReportSize) return take(evidence::ParseSnpReport(content));
  const auto json = formats::Json::Parse(AsText(content), {.max_bytes = evidence::kMaxEvidence});
  if (!json) return std::nullopt;
  const auto snp = evidence::SnpEvidenceFromJson(*json);
  return snp ? take(evidence::ParseSnpReport(snp->report)) : std::nullopt;
}

}  // namespace

Result<collateral::Store> OpenCollateral(const CollateralAt& at) {
  return collateral::Store::Open(at.folder, TRY(ReadAnchors(at.simulated_anchors, at.accept_simulated)));
}

Result<collateral::Store> OpenOrMakeCollateral(const CollateralAt& at) {
  return collateral::Store::OpenOrMake(at.folder, TRY(ReadAnchors(at.simulated_anchors, at.accept_simulated)));
}

Result<evidence::EvidenceCollateral> ReadCollateralFor(const evidence::EvidencePart& part, const std::filesystem::path& folder,
                                                       const evidence::TrustAnchors& anchors, Time at) {
  if (folder.empty() || !std::filesystem::exists(folder / "index.json")) return ReadCollateral(folder);
  const auto store = TRY(collateral::Store::Open(folder, anchors));
  evidence::EvidenceCollateral out;
  out.snp = TRY(collateral::SnpCollateralOf(store, at));
  const auto report = part.kind == evidence::EvidenceKind::kSnp ? ReportOf(part.content) : std::nullopt;
  if (!report) return out;
  const auto vcek = TRY(collateral::VcekFor(store, *report, at));
  if (vcek) out.snp.certificates.push_back({evidence::SnpCertificateType::kVcek, *vcek});
  return out;
}

}  // namespace cloister::commands

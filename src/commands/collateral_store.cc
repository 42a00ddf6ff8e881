#include "commands/collateral_store.h"

#include "collateral/lookup.h"
#include "commands/evidence_files.h"
#include "evidence/azure/json.h"
#include "evidence/intel/json.h"
#include "evidence/nvidia/json.h"
#include "evidence/snp/json.h"
#include "service/collateral_files.h"

namespace cloister::commands {
namespace {

using formats::Json;

constexpr formats::JsonLimits kLimits{.max_bytes = evidence::kMaxEvidence};

// Evidence that can't be read gives no word on what it needs: verifying it says why.
template <class T>
std::optional<T> IfRead(Result<T> parsed) {
  return parsed ? std::optional<T>(*std::move(parsed)) : std::nullopt;
}

const evidence::DemandedPcrs& AllPcrs() {
  static const evidence::DemandedPcrs all = evidence::DemandedPcrs::All();
  return all;
}

// The paravisor's report in evidence of a machine of Azure's.
std::optional<evidence::SnpReport> AzureReportOf(ByteSpan content) {
  const auto json = Json::Parse(AsText(content), kLimits);
  const auto azure = json ? IfRead(evidence::AzureSnpEvidenceFromJson(*json, AllPcrs())) : std::nullopt;
  const auto report = azure ? IfRead(evidence::ParseHclReport(azure->evidence.hcl_report)) : std::nullopt;
  return report ? IfRead(evidence::ParseSnpReport(report->tee_report)) : std::nullopt;
}

std::optional<evidence::IntelQuote> AzureQuoteOf(ByteSpan content) {
  const auto json = Json::Parse(AsText(content), kLimits);
  const auto azure = json ? IfRead(evidence::AzureTdxEvidenceFromJson(*json, AllPcrs())) : std::nullopt;
  return azure ? IfRead(evidence::ParseIntelQuote(azure->evidence.td_quote)) : std::nullopt;
}

// The report in SNP evidence of either form; none where it has another.
std::optional<evidence::SnpReport> SnpReportOf(ByteSpan content) {
  if (content.size() == evidence::kSnpReportSize) return IfRead(evidence::ParseSnpReport(content));
  const auto json = Json::Parse(AsText(content), kLimits);
  const auto snp = json ? IfRead(evidence::SnpEvidenceFromJson(*json)) : std::nullopt;
  return snp ? IfRead(evidence::ParseSnpReport(snp->report)) : std::nullopt;
}

// The quote in Intel's evidence of either form.
std::optional<evidence::IntelQuote> QuoteOf(ByteSpan content) {
  if (auto quote = IfRead(evidence::ParseIntelQuote(content))) return quote;
  const auto json = Json::Parse(AsText(content), kLimits);
  const auto sgx = json ? IfRead(evidence::SgxEvidenceFromJson(*json)) : std::nullopt;  // of TDX the same member
  return sgx ? IfRead(evidence::ParseIntelQuote(sgx->quote)) : std::nullopt;
}

// The devices of NVIDIA's evidence: by itself, or among a machine's.
std::vector<evidence::NvidiaEvidence> DevicesOf(const evidence::EvidencePart& part, const std::optional<evidence::KbsAttestation>& machine) {
  const std::string_view text = machine ? machine->additional_evidence : AsText(part.content);
  if (!machine && part.kind != evidence::EvidenceKind::kNvidia) return {};
  const auto json = Json::Parse(text, kLimits);
  const Json* devices = !json ? nullptr : machine ? json->Find("nvidia") : &*json;
  return devices == nullptr ? std::vector<evidence::NvidiaEvidence>() : IfRead(evidence::NvidiaEvidenceFromJson(*devices)).value_or(std::vector<evidence::NvidiaEvidence>());
}

Result<evidence::SnpCollateral> SnpFrom(const collateral::Store& store, const evidence::EvidencePart& part, Time at) {
  evidence::SnpCollateral out = TRY(collateral::SnpCollateralOf(store, at));
  const bool azure = part.kind == evidence::EvidenceKind::kAzSnpVtpm;
  const auto report = azure ? AzureReportOf(part.content) : SnpReportOf(part.content);
  const auto vcek = report ? TRY(collateral::VcekFor(store, *report, at)) : std::nullopt;
  if (vcek) out.certificates.push_back({evidence::SnpCertificateType::kVcek, *vcek});
  return out;
}

}  // namespace

Result<collateral::Store> OpenCollateral(const CollateralAt& at) {
  return collateral::Store::Open(at.folder, TRY(ReadAnchors(at.simulated_anchors, at.accept_simulated)));
}

Result<collateral::Store> OpenOrMakeCollateral(const CollateralAt& at) {
  return collateral::Store::OpenOrMake(at.folder, TRY(ReadAnchors(at.simulated_anchors, at.accept_simulated)));
}

Result<evidence::EvidenceCollateral> ReadCollateralFor(const evidence::EvidencePart& part,
                                                       const std::optional<evidence::KbsAttestation>& machine,
                                                       const std::filesystem::path& folder, const evidence::TrustAnchors& anchors, Time at) {
  if (folder.empty()) return evidence::EvidenceCollateral();
  if (!std::filesystem::exists(folder / "index.json")) return service::ReadCollateral(std::span(&folder, 1));
  const auto store = TRY(collateral::Store::Open(folder, anchors));
  using evidence::EvidenceKind;
  evidence::EvidenceCollateral out;
  if (part.kind == EvidenceKind::kSnp || part.kind == EvidenceKind::kAzSnpVtpm) out.snp = TRY(SnpFrom(store, part, at));
  if (part.kind == EvidenceKind::kTdx || part.kind == EvidenceKind::kSgx || part.kind == EvidenceKind::kAzTdxVtpm) {
    const auto quote = part.kind == EvidenceKind::kAzTdxVtpm ? AzureQuoteOf(part.content) : QuoteOf(part.content);
    if (quote) out.intel = TRY(collateral::IntelCollateralFor(store, *quote, at));
  }
  const auto devices = DevicesOf(part, machine);
  if (!devices.empty()) out.nvidia = TRY(collateral::NvidiaCollateralFor(store, devices, at));
  return out;
}

}  // namespace cloister::commands

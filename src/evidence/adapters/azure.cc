#include "evidence/azure/json.h"

#include "evidence/internal/adapters.h"

namespace cloister::evidence::internal {
namespace {

using formats::Json;

Result<Json> ReadJson(const EvidencePart& part) {
  return TRY_WITH("Azure evidence", Json::Parse(AsText(part.content), {.max_bytes = kMaxEvidence, .max_depth = 16}));
}

Result<AzureDocument<AzureSnpEvidence>> ReadSnp(const EvidencePart& part) {
  auto document = TRY(AzureSnpEvidenceFromJson(TRY(ReadJson(part)), DemandedPcrs::All()));
  for (const Bytes& attachment : part.attachments) {
    for (Bytes& der : TRY_WITH("attachment: expected a certificate", CertificatesOf(attachment))) {
      document.evidence.certificates.push_back(TRY(ClassifySnpCertificate(std::move(der))));
    }
  }
  return document;
}

Result<AzureDocument<AzureTdxEvidence>> ReadTdx(const EvidencePart& part) {
  if (!part.attachments.empty()) return Error(ErrorCode::kUsage, "Azure evidence of TDX: expected nothing beside it");
  return AzureTdxEvidenceFromJson(TRY(ReadJson(part)), DemandedPcrs::All());
}

// What both have, before `revocation` and the like.
void SayWhatTheTpmProved(const VerifyInput& input, bool nonce_in_hardware_report, PartFindings& findings) {
  findings.proved.emplace_back("its report data cover the runtime data, which name the virtual TPM's key");
  findings.proved.emplace_back("that key signed a quote of all PCRs of SHA-256 with these values");
  if (input.expected.nonce.value()) findings.proved.emplace_back("the quote's nonce is the one that was given");
  if (nonce_in_hardware_report) {
    findings.proved.emplace_back("the hardware's own report covers that nonce too");
  } else {
    findings.not_checked.push_back({"age of the hardware's report", "no nonce that was given is under it, so that it may be an old one"});
  }
  if (input.expected.init_data.value()) findings.proved.emplace_back("PCR 8 is extended with the init-data that was given");
  SayWhatWasNotExpected(input.expected, findings);
}

Json DescribeHcl(const UnverifiedHclReport& report) {
  Json json = Json::Object{{"version", report.version}, {"runtime_data_sha256", ToHex(crypto::Sha256(report.runtime_data))}};
  const auto runtime_data = ParseHclRuntimeData(report.runtime_data);
  if (!runtime_data) return json;
  json.Set("ak_sha256", ToHex(crypto::Sha256(runtime_data->attestation_key.SpkiDer())));
  json.Set("vm_configuration", runtime_data->vm_configuration);
  if (runtime_data->user_data) json.Set("user_data", ToHex(*runtime_data->user_data));
  return json;
}

}  // namespace

bool IsAzSnpVtpm(ByteSpan, const Json* json) {
  if (json == nullptr || json->Find("td_quote") != nullptr) return false;
  const bool version_0 = json->Find("quote") != nullptr && json->Find("report") != nullptr && json->Find("vcek") != nullptr;
  return version_0 || (json->Find("tpm_quote") != nullptr && json->Find("hcl_report") != nullptr);
}

bool IsAzTdxVtpm(ByteSpan, const Json* json) {
  return json != nullptr && json->Find("tpm_quote") != nullptr && json->Find("hcl_report") != nullptr && json->Find("td_quote") != nullptr;
}

Result<std::vector<PartFindings>> VerifyAzSnpVtpmPart(const VerifyInput& input) {
  const auto [evidence, user_data] = TRY(ReadSnp(input.part));
  const AzureExpectations expected{TRY(TpmExpectationsFor(input.expected, evidence.quote.message)), user_data};
  const VerifiedAzureSnp verified = TRY(VerifyAzureSnp(evidence, input.collateral.snp, input.anchors, expected, input.at));
  const SnpRoot& root = verified.snp().root();
  PartFindings findings{EvidenceKind::kAzSnpVtpm, verified.Claims(), {}, {}, {}};
  findings.chain = {"HCLAkPub, attestation key of the virtual TPM", "VCEK of one chip (" + verified.snp().vek().product_name + ")", "ASK",
                    root.name + ", sha256 " + ToHex(root.sha256)};
  findings.proved = {"the secure processor's firmware signed the paravisor's report"};
  SayWhatTheTpmProved(input, verified.nonce_in_hardware_report(), findings);
  if (verified.snp().revocation() == SnpRevocation::kNotChecked) {
    findings.not_checked.push_back({"revocation", "no current revocation list of this root was at hand"});
  }
  return std::vector{std::move(findings)};
}

Result<std::vector<PartFindings>> VerifyAzTdxVtpmPart(const VerifyInput& input) {
  const auto [evidence, user_data] = TRY(ReadTdx(input.part));
  const AzureExpectations of_machine{TRY(TpmExpectationsFor(input.expected, evidence.quote.message)), user_data};
  const IntelCollateral& intel = input.collateral.intel.collateral();
  const AzureTdxExpectations expected{of_machine, IntelRuleFor(intel), 0};
  const VerifiedAzureTdx verified = TRY(VerifyAzureTdx(evidence, intel, input.anchors, expected, input.at));
  const VerifiedIntelPlatform& platform = verified.td().platform();
  PartFindings findings{EvidenceKind::kAzTdxVtpm, verified.Claims(), {}, {}, {}};
  findings.chain = {"HCLAkPub, attestation key of the virtual TPM", "attestation key of the quoting enclave",
                    platform.platform_ca() ? "PCK certificate, Platform CA" : "PCK certificate, Processor CA",
                    platform.root().name + ", sha256 " + ToHex(platform.root().sha256)};
  findings.proved = {"Intel's quoting enclave on that platform signed the paravisor's quote"};
  SayWhatTheTpmProved(input, verified.nonce_in_hardware_report(), findings);
  SayWhatIntelProved(platform, findings);
  return std::vector{std::move(findings)};
}

Result<Json> DescribeAzSnpVtpm(const EvidencePart& part) {
  const auto [evidence, user_data] = TRY(ReadSnp(part));
  const UnverifiedHclReport report = TRY(ParseHclReport(evidence.hcl_report));
  const TpmQuote quote = TRY(ParseTpmQuote(evidence.quote.message));
  Json snp = TRY(DescribeSnp({EvidenceKind::kSnp, report.tee_report}));
  return Json(Json::Object{{"hcl_report", DescribeHcl(report)}, {"snp", std::move(snp)}, {"quote", DescribeQuote(quote, evidence.quote.pcrs)}});
}

Result<Json> DescribeAzTdxVtpm(const EvidencePart& part) {
  const auto [evidence, user_data] = TRY(ReadTdx(part));
  const UnverifiedHclReport report = TRY(ParseHclReport(evidence.hcl_report));
  const TpmQuote quote = TRY(ParseTpmQuote(evidence.quote.message));
  Json tdx = TRY(DescribeTdx({EvidenceKind::kTdx, evidence.td_quote}));
  return Json(Json::Object{{"hcl_report", DescribeHcl(report)}, {"tdx", std::move(tdx)}, {"quote", DescribeQuote(quote, evidence.quote.pcrs)}});
}

}  // namespace cloister::evidence::internal

#include "evidence/azure/verify.h"

namespace cloister::evidence {
namespace {

using formats::Json;

Result<UnverifiedHclReport> ParseHclReportOf(HclTee tee, ByteSpan bytes) {
  UnverifiedHclReport report = TRY(ParseHclReport(bytes));
  if (report.tee != tee) return Error(ErrorCode::kMismatch, "HCL report: expected one of another TEE");
  return report;
}

// The quote's nonce as user-data have it, with zeros behind it.
bool HasNonce(const HclRuntimeData& runtime_data, const VerifiedTpmQuote& quote) {
  std::array<std::uint8_t, kMaximumTpmNonce> padded{};
  std::ranges::copy(quote.quote().extra_data, padded.begin());
  return runtime_data.user_data && Equal(*runtime_data.user_data, padded);
}

// Nothing is proved by the nonce that the attester chose.
bool HasDemandedNonce(const HclRuntimeData& runtime_data, const VerifiedTpmQuote& quote, const AzureExpectations& expected) {
  return expected.tpm.nonce.value() && HasNonce(runtime_data, quote);
}

Result<VerifiedTpmQuote> VerifyQuote(const TpmQuoteEvidence& evidence, const HclRuntimeData& runtime_data, const AzureExpectations& expected) {
  // The paravisor, which the hardware measured, says that its TPM made this key.
  const auto key = TpmAttestationKey::KnownToBeRestricted(runtime_data.attestation_key);
  VerifiedTpmQuote quote = TRY(VerifyTpmQuote(evidence, key, expected.tpm));
  if (expected.user_data == AzureUserData::kAnyOrNone || HasNonce(runtime_data, quote)) return quote;
  return Error(ErrorCode::kMismatch, "HCL runtime data: user-data is not the nonce");
}

void SetClaims(Json& claims, std::string_view tee, const VerifiedTpmQuote& quote, const HclRuntimeData& runtime_data) {
  quote.SetClaims(claims);
  claims.Set("tee", tee);
  claims.Set("tpm", quote.TrusteePcrs());
  claims.Set("vm_configuration", runtime_data.vm_configuration);
  if (runtime_data.user_data) claims.Set("user_data", ToHex(*runtime_data.user_data));
  if (const auto secure_boot = runtime_data.vm_configuration.GetBool("secure-boot")) claims.Set("secure_boot", *secure_boot);
}

}  // namespace

Result<VerifiedAzureSnp> VerifyAzureSnp(const AzureSnpEvidence& evidence, const SnpCollateral& collateral, const TrustAnchors& anchors,
                                        const AzureExpectations& expected, Time at) {
  const UnverifiedHclReport report = TRY(ParseHclReportOf(HclTee::kSnp, evidence.hcl_report));
  const SnpExpectations of_report{.report_data = HclReportData(report.runtime_data),
                                  .host_data = ExpectedHostData::AnyHostData(),  // Azure's; the guest's init-data are in PCR 8
                                  .vmpl = SnpVmpl::kOnlyZero,
                                  .chip_id = SnpChipId::kMustMatchCertificate};
  VerifiedSnp snp = TRY(VerifySnp({report.tee_report, evidence.certificates}, collateral, anchors, of_report, at));
  HclRuntimeData runtime_data = TRY(ParseHclRuntimeData(report.runtime_data));
  VerifiedTpmQuote quote = TRY(VerifyQuote(evidence.quote, runtime_data, expected));
  const bool nonce = HasDemandedNonce(runtime_data, quote, expected);
  return VerifiedAzureSnp(std::move(snp), std::move(quote), std::move(runtime_data), nonce);
}

Result<VerifiedAzureTdx> VerifyAzureTdx(const AzureTdxEvidence& evidence, const IntelCollateral& collateral, const TrustAnchors& anchors,
                                        const AzureTdxExpectations& expected, Time at) {
  const UnverifiedHclReport report = TRY(ParseHclReportOf(HclTee::kTdx, evidence.hcl_report));
  const TdxExpectations of_quote{.report_data = HclReportData(report.runtime_data),
                                 .mr_config_id = ExpectedField<48>::AnyValue(),
                                 .collateral = expected.collateral,
                                 .minimum_tcb_evaluation = expected.minimum_tcb_evaluation};
  VerifiedTdx td = TRY(VerifyTdx(evidence.td_quote, collateral, anchors, of_quote, at));
  HclRuntimeData runtime_data = TRY(ParseHclRuntimeData(report.runtime_data));
  VerifiedTpmQuote quote = TRY(VerifyQuote(evidence.quote, runtime_data, expected.machine));
  const bool nonce = HasDemandedNonce(runtime_data, quote, expected.machine);
  return VerifiedAzureTdx(std::move(td), std::move(quote), std::move(runtime_data), nonce);
}

Json VerifiedAzureSnp::Claims() const {
  Json claims = snp_.Claims();
  SetClaims(claims, "az-snp-vtpm", quote_, runtime_data_);
  claims.Set("nonce_in_hardware_report", nonce_in_hardware_report_);
  return claims;
}

Json VerifiedAzureTdx::Claims() const {
  Json claims = td_.Claims();
  SetClaims(claims, "az-tdx-vtpm", quote_, runtime_data_);
  claims.Set("nonce_in_hardware_report", nonce_in_hardware_report_);
  return claims;
}

}  // namespace cloister::evidence

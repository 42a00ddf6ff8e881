#include "evidence/intel/verify.h"

#include "evidence/intel/internal/chain.h"
#include "evidence/intel/verified_intel_cache.h"

namespace cloister::evidence {
namespace {

using internal::VerifiedIntelChain;

// The PCK chain that the quote carries, or else ours.
Result<std::string_view> PckChainOf(const IntelQuote& quote, const IntelCollateral& collateral) {
  if (quote.certification_type == kPckCertificateChain) return AsText(quote.certification);
  if (quote.certification_type < 1 || quote.certification_type > 3) {
    return Error(ErrorCode::kUnsupported,
                 "Intel quote: certification data of type " + std::to_string(quote.certification_type));
  }
  // Types 1 to 3 only name it. That it is the right one shows in its signature of the QE report.
  if (!collateral.pck_chain.empty()) return std::string_view(collateral.pck_chain);
  return Error(ErrorCode::kNotFound, "Intel quote: carries no PCK certificate, and none is at hand");
}

// Step 6.
Result<void> CheckQuoteSignature(const IntelQuote& quote, const crypto::VerifyingKey& attestation_key) {
  TRY_WITH("Intel quote", attestation_key.Verify(quote.signed_part, quote.signature));
  return {};
}

Result<void> CheckEvaluationNumber(const IntelTcb& tcb, std::uint32_t minimum) {
  if (tcb.evaluation_number >= minimum) return {};
  return Error(ErrorCode::kStale, "TCB info or QE identity: expected tcbEvaluationDataNumber " +
                                      std::to_string(minimum) + " or above, got " +
                                      std::to_string(tcb.evaluation_number));
}

Result<IntelQuote> ParseQuoteOf(ByteSpan raw, IntelTee tee) {
  IntelQuote quote = TRY(ParseIntelQuote(raw));
  if (quote.header.tee != tee) {
    return Error(ErrorCode::kMismatch, "Intel quote: expected one of " + std::string(IntelTeeName(tee)));
  }
  return quote;
}

// Bits 1 to 7 of TD_ATTRIBUTES (TUD) would make a TD as untrusted as DEBUG; none is defined for production.
Result<void> CheckTdAttributes(const TdReport& report) {
  if ((report.td_attributes[0] & 0xFE) == 0) return {};
  return Error(ErrorCode::kUnsupported, "TD report: a reserved bit of TD_ATTRIBUTES is set");
}

}  // namespace

Result<VerifiedIntelPlatform> VerifiedIntelPlatform::Verify(const IntelQuote& quote, const IntelCollateral& collateral,
                                                            IntelCollateralRule rule,
                                                            std::uint32_t minimum_tcb_evaluation,
                                                            const TrustAnchors& anchors, Time at,
                                                            VerifiedIntelCache* cache) {
  const std::string_view pck_chain = TRY(PckChainOf(quote, collateral));
  std::shared_ptr<const VerifiedIntelChain> chain;
  if (cache != nullptr) {
    const auto known = TRY(cache->Verify(quote, pck_chain, collateral, rule, anchors, at));
    chain = known.chain;
    TRY(CheckQuoteSignature(quote, *known.attestation_key));
  } else {
    chain = std::make_shared<const VerifiedIntelChain>(
        TRY(VerifiedIntelChain::Verify(pck_chain, collateral, rule, anchors, at)));
    TRY(CheckQuoteSignature(quote, TRY(internal::VerifyAttestationKey(quote, chain->pck_key()))));
  }
  std::optional<IntelTcb> tcb;
  if (chain->tcb_info()) {
    tcb = TRY(EvaluateTcb(*chain->tcb_info(), *chain->qe_identity(), chain->pck(), quote.qe_report,
                          std::get_if<TdReport>(&quote.body)));
    TRY(CheckEvaluationNumber(*tcb, minimum_tcb_evaluation));
  }
  return VerifiedIntelPlatform(std::move(chain), std::move(tcb));
}

const PckExtension& VerifiedIntelPlatform::pck() const { return chain_->pck(); }
bool VerifiedIntelPlatform::platform_ca() const { return chain_->platform_ca(); }
const Root& VerifiedIntelPlatform::root() const { return chain_->root(); }
IntelDates VerifiedIntelPlatform::dates() const { return chain_->dates(); }
bool VerifiedIntelPlatform::revocation_checked() const { return chain_->root_crl() && chain_->pck_crl(); }

Result<VerifiedTdx> VerifyTdx(ByteSpan raw, const IntelCollateral& collateral, const TrustAnchors& anchors,
                              const TdxExpectations& expected, Time at, VerifiedIntelCache* cache) {
  IntelQuote quote = TRY(ParseQuoteOf(raw, IntelTee::kTdx));
  auto platform = TRY(VerifiedIntelPlatform::Verify(quote, collateral, expected.collateral,
                                                    expected.minimum_tcb_evaluation, anchors, at, cache));
  const TdReport& report = std::get<TdReport>(quote.body);
  TRY(CheckTdAttributes(report));
  if (report.report_data != expected.report_data) {
    return Error(ErrorCode::kMismatch, "TD report: report_data is not what was asked for");
  }
  if (!expected.mr_config_id.Fits(report.mr_config_id)) {
    return Error(ErrorCode::kMismatch, "TD report: MRCONFIGID is not what was expected");
  }
  return VerifiedTdx(std::move(quote), std::move(platform));
}

Result<VerifiedSgx> VerifySgx(ByteSpan raw, const IntelCollateral& collateral, const TrustAnchors& anchors,
                              const SgxExpectations& expected, Time at, VerifiedIntelCache* cache) {
  IntelQuote quote = TRY(ParseQuoteOf(raw, IntelTee::kSgx));
  auto platform = TRY(VerifiedIntelPlatform::Verify(quote, collateral, expected.collateral,
                                                    expected.minimum_tcb_evaluation, anchors, at, cache));
  const SgxReport& report = std::get<SgxReport>(quote.body);
  if (report.report_data != expected.report_data) {
    return Error(ErrorCode::kMismatch, "SGX report: report_data is not what was asked for");
  }
  if (!expected.config_id.Fits(report.config_id)) {
    return Error(ErrorCode::kMismatch, "SGX report: CONFIGID is not what was expected");
  }
  return VerifiedSgx(std::move(quote), std::move(platform));
}

}  // namespace cloister::evidence

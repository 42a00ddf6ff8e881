#include "evidence/intel/verify.h"

#include "evidence/intel/internal/chain.h"
#include "evidence/intel/verified_intel_cache.h"

namespace cloister::evidence {
namespace {

using internal::VerifiedIntelChain;

// What a verification is given of Intel's: with a cache, the same collateral prepared for it. Borrowed.
struct Collateral {
  const IntelCollateral& parts;
  const PreparedIntelCollateral* prepared = nullptr;
  VerifiedIntelCache* cache = nullptr;
};

// The PCK chain that the quote carries, or else ours.
Result<std::string_view> PckChainOf(const IntelQuoteView& quote, const IntelCollateral& collateral) {
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
Result<void> CheckQuoteSignature(const IntelQuoteView& quote, const crypto::VerifyingKey& attestation_key) {
  TRY_WITH("Intel quote", attestation_key.Verify(quote.signed_part, quote.signature));
  return {};
}

Result<void> CheckEvaluationNumber(const IntelTcb& tcb, std::uint32_t minimum) {
  if (tcb.evaluation_number >= minimum) return {};
  return Error(ErrorCode::kStale, "TCB info or QE identity: expected tcbEvaluationDataNumber " +
                                      std::to_string(minimum) + " or above, got " +
                                      std::to_string(tcb.evaluation_number));
}

Result<IntelQuoteView> QuoteOf(ByteSpan raw, IntelTee tee) {
  const IntelQuoteView quote = TRY(ViewIntelQuote(raw));
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

const PckExtension& VerifiedIntelPlatform::pck() const { return chain_->pck(); }
bool VerifiedIntelPlatform::platform_ca() const { return chain_->platform_ca(); }
const Root& VerifiedIntelPlatform::root() const { return chain_->root(); }
IntelDates VerifiedIntelPlatform::dates() const { return chain_->dates(); }
bool VerifiedIntelPlatform::revocation_checked() const { return chain_->root_crl() && chain_->pck_crl(); }

// The only maker of VerifiedTdx, VerifiedSgx and VerifiedIntelPlatform.
struct IntelVerification {
  // Chain and attestation key, verified now or found in `cache`.
  static Result<VerifiedIntelCache::Known> Known(const IntelQuoteView& quote, const Collateral& collateral,
                                                 IntelCollateralRule rule, const TrustAnchors& anchors, Time at) {
    const std::string_view pck_chain = TRY(PckChainOf(quote, collateral.parts));
    if (collateral.cache != nullptr) {
      return collateral.cache->Verify(quote, pck_chain, *collateral.prepared, rule, anchors, at);
    }
    VerifiedIntelCache::Known known;
    known.chain = std::make_shared<const VerifiedIntelChain>(
        TRY(VerifiedIntelChain::Verify(pck_chain, collateral.parts, rule, anchors, at)));
    known.attestation_key = std::make_shared<const crypto::VerifyingKey>(
        TRY(internal::VerifyAttestationKey(quote, known.chain->pck_key())));
    return known;
  }

  template <class Expectations>
  static Result<VerifiedIntelPlatform> Platform(const IntelQuoteView& quote, const Collateral& collateral,
                                                const Expectations& expected, const TrustAnchors& anchors, Time at) {
    VerifiedIntelCache::Known known = TRY(Known(quote, collateral, expected.collateral, anchors, at));
    TRY(CheckQuoteSignature(quote, *known.attestation_key));
    const VerifiedIntelChain& chain = *known.chain;
    std::optional<IntelTcb> tcb;
    if (chain.tcb_info()) {
      tcb = TRY(EvaluateTcb(*chain.tcb_info(), *chain.qe_identity(), chain.pck(), quote.qe_report,
                            std::get_if<TdReport>(&quote.body)));
      TRY(CheckEvaluationNumber(*tcb, expected.minimum_tcb_evaluation));
    }
    return VerifiedIntelPlatform(std::move(known.chain), tcb);
  }

  static Result<VerifiedTdx> Tdx(ByteSpan raw, const Collateral& collateral, const TrustAnchors& anchors,
                                 const TdxExpectations& expected, Time at) {
    const IntelQuoteView quote = TRY(QuoteOf(raw, IntelTee::kTdx));
    auto platform = TRY(Platform(quote, collateral, expected, anchors, at));
    const TdReport& report = std::get<TdReport>(quote.body);
    TRY(CheckTdAttributes(report));
    if (report.report_data != expected.report_data) {
      return Error(ErrorCode::kMismatch, "TD report: report_data is not what was asked for");
    }
    if (!expected.mr_config_id.Fits(report.mr_config_id)) {
      return Error(ErrorCode::kMismatch, "TD report: MRCONFIGID is not what was expected");
    }
    return VerifiedTdx(quote, std::move(platform));
  }

  static Result<VerifiedSgx> Sgx(ByteSpan raw, const Collateral& collateral, const TrustAnchors& anchors,
                                 const SgxExpectations& expected, Time at) {
    const IntelQuoteView quote = TRY(QuoteOf(raw, IntelTee::kSgx));
    auto platform = TRY(Platform(quote, collateral, expected, anchors, at));
    const SgxReport& report = std::get<SgxReport>(quote.body);
    if (report.report_data != expected.report_data) {
      return Error(ErrorCode::kMismatch, "SGX report: report_data is not what was asked for");
    }
    if (!expected.config_id.Fits(report.config_id)) {
      return Error(ErrorCode::kMismatch, "SGX report: CONFIGID is not what was expected");
    }
    return VerifiedSgx(quote, std::move(platform));
  }
};

Result<VerifiedTdx> VerifyTdx(ByteSpan quote, const IntelCollateral& collateral, const TrustAnchors& anchors,
                              const TdxExpectations& expected, Time at) {
  return IntelVerification::Tdx(quote, {collateral}, anchors, expected, at);
}

Result<VerifiedTdx> VerifyTdx(ByteSpan quote, const PreparedIntelCollateral& collateral, const TrustAnchors& anchors,
                              const TdxExpectations& expected, Time at, VerifiedIntelCache& cache) {
  return IntelVerification::Tdx(quote, {collateral.collateral(), &collateral, &cache}, anchors, expected, at);
}

Result<VerifiedSgx> VerifySgx(ByteSpan quote, const IntelCollateral& collateral, const TrustAnchors& anchors,
                              const SgxExpectations& expected, Time at) {
  return IntelVerification::Sgx(quote, {collateral}, anchors, expected, at);
}

Result<VerifiedSgx> VerifySgx(ByteSpan quote, const PreparedIntelCollateral& collateral, const TrustAnchors& anchors,
                              const SgxExpectations& expected, Time at, VerifiedIntelCache& cache) {
  return IntelVerification::Sgx(quote, {collateral.collateral(), &collateral, &cache}, anchors, expected, at);
}

}  // namespace cloister::evidence

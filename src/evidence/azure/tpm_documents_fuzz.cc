// The JSON of TPMs, of Azure's machines in each version, and of enrolled keys. None of it verifies under the vendors' roots.
#include "evidence/azure/json.h"
#include "evidence/tpm/enrolled_keys.h"
#include "evidence/tpm/json.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cloister;
  const std::string_view text = AsText(ByteSpan(data, size));
  (void)evidence::EnrolledTpmKeys::Parse(text);
  const auto json = formats::Json::Parse(text, {.max_bytes = std::size_t{1} << 20, .max_depth = 16});
  if (!json) return 0;
  const auto demanded = evidence::DemandedPcrs::All();
  const evidence::TpmExpectations any{evidence::ExpectedTpmNonce::AnyNonce(), demanded, evidence::ExpectedTpmInitData::AnyInitData()};
  static const auto* const anchors = new evidence::TrustAnchors(evidence::TrustAnchors::Vendors());
  const Time at = FromUnixSeconds(1'780'000'000);
  if (const auto tpm = evidence::TpmEvidenceFromJson(*json, demanded)) {
    const auto again = evidence::TpmEvidenceFromJson(evidence::TpmEvidenceToJson(*tpm), demanded);
    CHECK(again.has_value() && again->quote.message == tpm->quote.message && again->quote.pcrs == tpm->quote.pcrs);
  }
  if (const auto snp = evidence::AzureSnpEvidenceFromJson(*json, demanded)) {
    CHECK(!evidence::VerifyAzureSnp(snp->evidence, {}, *anchors, {any, snp->user_data}, at));
  }
  if (const auto tdx = evidence::AzureTdxEvidenceFromJson(*json, demanded)) {
    CHECK(!evidence::VerifyAzureTdx(tdx->evidence, {}, *anchors, {{any, tdx->user_data}, evidence::IntelCollateralRule::kSignaturesOnly, 0}, at));
  }
  return 0;
}

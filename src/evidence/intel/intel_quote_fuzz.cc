// Whatever parses is written back to the same bytes, as far as the quote goes, and never verifies under Intel's roots.
#include "base/check.h"
#include "evidence/intel/verify.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cloister;
  const ByteSpan input(data, size);
  const auto quote = evidence::ParseIntelQuote(input);
  if (!quote) return 0;
  CHECK(quote->trailing_bytes <= size);
  CHECK(Equal(evidence::SerializeIntelQuote(*quote), input.first(size - quote->trailing_bytes)));
  CHECK(evidence::SerializeIntelSignedPart(*quote) == quote->signed_part);
  static const evidence::TrustAnchors vendors = evidence::TrustAnchors::Vendors();
  const auto rule = evidence::IntelCollateralRule::kSignaturesOnly;
  const Time at = FromUnixSeconds(1'780'000'000);
  if (const auto* td = std::get_if<evidence::TdReport>(&quote->body)) {
    const evidence::TdxExpectations expected{td->report_data, evidence::ExpectedField<48>::AnyValue(), rule, 0};
    CHECK(!evidence::VerifyTdx(input, {}, vendors, expected, at));
  } else {
    const auto& enclave = std::get<evidence::SgxReport>(quote->body);
    const evidence::SgxExpectations expected{enclave.report_data, evidence::ExpectedField<64>::AnyValue(), rule, 0};
    CHECK(!evidence::VerifySgx(input, {}, vendors, expected, at));
  }
  return 0;
}

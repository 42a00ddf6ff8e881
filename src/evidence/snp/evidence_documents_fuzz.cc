// Evidence as JSON, files of simulated anchors, and certificates that claim to be a processor's.
#include "evidence/snp/json.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cloister;
  const ByteSpan input(data, size);
  const std::string_view text = AsText(input);
  if (const auto certificate = crypto::Certificate::ParseDer(input)) (void)evidence::ReadSnpVekFromUnverified(*certificate);
  if (const auto anchors = evidence::SimulatedAnchors::Parse(text)) {
    CHECK(evidence::SimulatedAnchors::Parse(anchors->ToJson())->ToJson() == anchors->ToJson());
  }
  const auto json = formats::Json::Parse(text);
  if (!json) return 0;
  const auto evidence = evidence::SnpEvidenceFromJson(*json);
  if (!evidence) return 0;
  static const evidence::TrustAnchors vendors = evidence::TrustAnchors::Vendors();
  const evidence::SnpExpectations expected{.report_data = {},
                                           .host_data = evidence::ExpectedHostData::AnyHostData(),
                                           .vmpl = evidence::SnpVmpl::kAnyGuestLevel,
                                           .chip_id = evidence::SnpChipId::kMayBeMasked};
  CHECK(!evidence::VerifySnp(*evidence, {}, vendors, expected, FromUnixSeconds(1'780'000'000)));
  if (const auto written = evidence::SnpEvidenceToJson(*evidence)) {
    CHECK(evidence::SnpEvidenceFromJson(*written)->report == evidence->report);
  }
  return 0;
}

// Areas of non-volatile memory with a certificate, and Google's extension. What parses is what stands there, and no cloud vouches for it.
#include "evidence/tpm/ak_certificate.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cloister;
  const ByteSpan input(data, size);
  (void)evidence::ParseGceInstance(input);
  const auto certificate = evidence::ParsePaddedCertificate(input);
  if (!certificate) return 0;
  CHECK(certificate->Der().size() <= size && Equal(certificate->Der(), input.first(certificate->Der().size())));
  static const auto* const anchors = new evidence::TrustAnchors(evidence::TrustAnchors::Vendors());
  const evidence::VtpmCollateral collateral{{certificate->Der()}, {}};
  for (const auto cloud : {evidence::VtpmCloud::kAzure, evidence::VtpmCloud::kGoogle}) {
    CHECK(!evidence::VerifyVtpmKey(cloud, input, {}, collateral, *anchors, FromUnixSeconds(1'780'000'000)));
  }
  return 0;
}

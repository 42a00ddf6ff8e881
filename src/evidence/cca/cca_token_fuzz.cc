// Whatever parses keeps to its limits and verifies under no key of ours; stores are read too.
#include "evidence/cca/verify.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cloister;
  const ByteSpan input(data, size);
  if (const auto token = evidence::ParseCcaToken(input)) {
    CHECK(!token->platform.components.empty());
    CHECK(token->platform.components.size() <= evidence::kMaximumCcaComponents);
    const evidence::CcaExpectations expected{token->realm.challenge,
                                             evidence::ExpectedPersonalization::AnyPersonalization()};
    CHECK(!evidence::VerifyCca(input, {}, std::nullopt, expected));
  }
  static_cast<void>(evidence::CcaPlatformKeys::ParseTrusteeStore(AsText(input)));
  static_cast<void>(evidence::CcaReferenceValues::ParseTrusteeStore(AsText(input)));
  return 0;
}

// Bytes of no known kind: what tells the kind, describes it, and refuses it without a vendor's signature.
#include "evidence/describe.h"

#include "evidence/verify.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cloister;
  using namespace cloister::evidence;
  const ByteSpan input(data, size);
  const auto kind = DetectEvidence(input);
  if (!kind) return 0;
  const EvidencePart part{*kind, ToBytes(input)};
  if (const auto described = DescribeUnverified(part)) {
    CHECK(described->is_object());
    CHECK(CompareDescriptions(*described, *described).empty());
  }
  static const TrustAnchors vendors = TrustAnchors::Vendors();
  const EvidenceExpectations expected{ChosenNonce::AnyNonce(), ChosenInitData::AnyInitData(), "anybody"};
  CHECK(!VerifyEvidence(part, {}, vendors, expected, FromUnixSeconds(1'773'532'800)));
  return 0;
}

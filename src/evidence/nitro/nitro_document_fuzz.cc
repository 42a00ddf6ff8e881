// Whatever parses keeps to its limits, and without a signature by AWS nothing verifies.
#include "evidence/nitro/verify.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cloister;
  const ByteSpan input(data, size);
  const auto document = evidence::ParseNitroDocument(input);
  if (!document) return 0;
  CHECK(document->pcrs.contains(0) && document->pcrs.contains(2));
  CHECK(!document->cabundle.empty() && document->cabundle.size() <= evidence::kMaximumNitroBundle);
  const auto any = evidence::ExpectedNitroField::AnyValueOrNone();
  static const auto* const anchors = new evidence::TrustAnchors(evidence::TrustAnchors::Vendors());
  const auto verified =
      evidence::VerifyNitro(input, {}, *anchors, {evidence::NitroTime::kAuditOfOldDocument, Seconds(0), any, any, any},
                            document->Timestamp());
  CHECK(!verified || verified->document().timestamp_ms == document->timestamp_ms);
  return 0;
}

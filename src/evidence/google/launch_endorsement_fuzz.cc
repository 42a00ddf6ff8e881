// The input, with a SIMULATED signer's certificate behind it, as the measurement that this signer signed; and as it is.
#include "evidence/google/simulated.h"
#include "formats/protobuf.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cloister;
  using namespace cloister::evidence;
  const Time now = FromUnixSeconds(1'773'532'800);
  static const auto* const endorser = new SimulatedLaunchEndorser(
      SimulatedLaunchEndorser::Make(now - std::chrono::days(9), now + std::chrono::days(9)));
  static const crypto::Certificate roots[] = {endorser->root, endorser->intermediate};
  const ByteSpan input(data, size);
  CHECK(!VerifyLaunchEndorsement(input, roots, now));
  if (!formats::ProtobufMessage::Parse(input)) return 0;  // before a signature is spent on it
  Bytes golden = ToBytes(input);
  formats::AppendProtobuf(golden, 4, endorser->signer.Der());
  const auto verified = VerifyLaunchEndorsement(endorser->Sign(golden), roots, now);
  if (!verified) return 0;
  CHECK(verified->golden().snp || verified->golden().tdx);
  CHECK(verified->golden().timestamp <= now);
  CHECK(verified->SnpReferenceValues(std::nullopt).has_value() == verified->golden().snp.has_value());
  CHECK(verified->TdxReferenceValues(std::nullopt).has_value() == verified->golden().tdx.has_value());
  return 0;
}

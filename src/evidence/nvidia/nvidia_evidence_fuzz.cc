// Evidence as JSON in both forms: what is read is written and read back the same, and none of it verifies.
#include "evidence/nvidia/json.h"
#include "evidence/nvidia/system.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cloister;
  const auto json = formats::Json::Parse(AsText({data, size}));
  if (!json) return 0;
  const auto devices = evidence::NvidiaEvidenceFromJson(*json);
  if (!devices) return 0;
  if (json->is_object()) {
    CHECK(*evidence::NvidiaEvidenceFromJson(evidence::NvidiaEvidenceToTrusteeJson(*devices)) == *devices);
  }
  static const evidence::TrustAnchors vendors = evidence::TrustAnchors::Vendors();
  const evidence::NvidiaSystemExpectations expected{
      .device = {.nonce = {},
                 .measurements = evidence::NvidiaMeasurements::kNotCompared,
                 .revocation = evidence::NvidiaRevocation::kNotChecked},
      .gpus = devices->size(),
      .switches = 0,
      .topology = evidence::NvidiaTopology::kIndependent};
  CHECK(!evidence::VerifyNvidiaSystem(*devices, {}, vendors, expected, FromUnixSeconds(1'773'532'800)).has_value());
  return 0;
}

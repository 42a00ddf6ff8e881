// Public areas and signatures. A key that counts as an attestation key has the attributes of one.
#include "evidence/tpm/verify.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cloister;
  const ByteSpan input(data, size);
  const auto area = evidence::ParseTpmPublic(input);
  const auto key = evidence::TpmAttestationKey::FromPublicArea(input);
  CHECK(!key || area.has_value());
  if (key) CHECK(area->attributes.Restricted() && area->attributes.FixedTpm() && !area->attributes.Decrypt() && area->scheme);
  const auto signature = evidence::ParseTpmSignature(input);
  if (!signature) return 0;
  const auto again = evidence::ParseTpmSignature(evidence::SerializeTpmSignature(*signature));
  CHECK(again.has_value() && again->value == signature->value);
  return 0;
}

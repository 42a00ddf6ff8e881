// Whole sealed files whose file key is known, as a room opens what an operator laid ready: in memory, and as a payload alone.
// Whatever opens had the sizes that the format allows.
#include "sealed/age_file.h"
#include "sealed/internal/payload.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cloister;
  const ByteSpan input(data, size);
  static const auto key = *sealed::FileKey::FromBytes(SecretBytes::CopyOf(Bytes(sealed::FileKey::kSize, 7)));
  (void)sealed::Open(key, input);
  if (const auto plaintext = sealed::OpenPayload(key, input)) {
    CHECK(*sealed::PlaintextSize(size - sealed::kPayloadNonceSize) == plaintext->ExposeSecret().size());
  }
  if (const auto record = sealed::Describe(input)) {
    CHECK(record->file.size == size);
    CHECK(*sealed::SealingRecord::FromJson(record->ToJson()) == *record);
  }
  return 0;
}

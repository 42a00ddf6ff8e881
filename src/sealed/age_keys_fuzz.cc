// Recipients, identities, identity files and sealing records, as people paste them and stores keep them: each has one form.
#include "sealed/record.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cloister;
  const ByteSpan input(data, size);
  const std::string_view text = AsText(input);
  if (const auto recipient = sealed::Recipient::FromText(text)) CHECK(recipient->ToText() == text);
  if (const auto identity = sealed::Identity::FromText(text)) CHECK(Equal(identity->ToText().ExposeSecret(), input));
  (void)sealed::ParseIdentities(SecretBytes::CopyOf(input));
  if (const auto json = formats::Json::Parse(text)) {
    if (const auto record = sealed::SealingRecord::FromJson(*json)) {
      CHECK(*sealed::SealingRecord::FromJson(record->ToJson()) == *record);
    }
  }
  return 0;
}

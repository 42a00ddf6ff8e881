// Bytes as text: hex, three kinds of base64, Bech32, PEM, and times. Each takes one form only, so what was read is written
// the same.
#include "base/time.h"
#include "formats/bech32.h"
#include "formats/pem.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cloister;
  const std::string_view text = AsText({data, size});
  if (const auto bytes = FromHex(text)) CHECK(*FromHex(ToHex(*bytes)) == *bytes);
  if (const auto bytes = FromBase64(text)) CHECK(ToBase64(*bytes) == text);
  if (const auto bytes = FromBase64Url(text)) CHECK(ToBase64Url(*bytes) == text);
  if (const auto bytes = FromBase64NoPad(text)) CHECK(ToBase64NoPad(*bytes) == text);
  if (const auto time = FromRfc3339(text)) CHECK(*FromRfc3339(ToRfc3339(*time)) == *time);
  if (const auto bech32 = formats::DecodeBech32(text)) {
    CHECK(formats::EncodeBech32(bech32->prefix, bech32->data.ExposeSecret()) == text);
  }
  if (const auto blocks = formats::ParsePem(text)) {
    std::string written;
    for (const formats::PemBlock& block : *blocks) written += formats::EncodePem(block.label, block.content);
    const auto again = formats::ParsePem(written);
    CHECK(again && again->size() == blocks->size());
    for (std::size_t i = 0; i < blocks->size(); ++i) CHECK((*again)[i].content == (*blocks)[i].content);
  }
  return 0;
}

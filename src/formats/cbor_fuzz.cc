#include "formats/cbor.h"

using cloister::formats::Cbor;
using cloister::formats::CborForm;

// Deterministic input is what we would write; any other well-formed input means the same once written by us.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const cloister::ByteSpan input(data, size);
  const auto strict = Cbor::Decode(input, CborForm::kDeterministic);
  const auto any = Cbor::Decode(input, CborForm::kAnyWellFormed);
  CHECK(any || !strict);
  if (!any) return 0;
  const cloister::Bytes written = any->Encode();
  CHECK(strict.has_value() == cloister::Equal(written, input));
  CHECK(Cbor::Decode(written, CborForm::kDeterministic)->Encode() == written);
  return 0;
}

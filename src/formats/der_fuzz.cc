#include "formats/der.h"

using namespace cloister;
using formats::DerElement;
using formats::DerReader;

namespace {

// Reads all elements, goes into the constructed ones, and writes each again.
void Walk(ByteSpan input, int depth) {
  DerReader reader(input);
  while (!reader.at_end()) {
    const auto element = reader.Next();
    if (!element) return;
    CHECK(Equal(formats::DerEncode(element->tag, element->content), element->encoded));
    if (const auto oid = DerReader(element->encoded).Oid()) {
      CHECK(Equal(*formats::DerOid(*oid), element->encoded));
    }
    if (const auto integer = DerReader(element->encoded).Uint64()) {
      CHECK(Equal(formats::DerInteger(*integer), element->encoded));
    }
    if ((static_cast<std::uint8_t>(element->tag) & 0x20) != 0 && depth < 32) Walk(element->content, depth + 1);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Walk({data, size}, 0);
  return 0;
}

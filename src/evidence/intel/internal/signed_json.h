// Finds, in a JSON object of two members, the exact bytes of the signed one.
#pragma once

#include "formats/json.h"

namespace cloister::evidence::internal {

struct SignedJson {
  formats::Json content;          // of signed_bytes
  std::string_view signed_bytes;  // borrowed from the body
  std::array<std::uint8_t, 64> signature{};
};

// `body` must be {"<member>": {…}, "signature": "<128 hex digits>"}, in either order, names written plainly.
// kMalformed; kLimit: over 512 KiB.
Result<SignedJson> FindSignedJson(std::string_view body, std::string_view member);

}  // namespace cloister::evidence::internal

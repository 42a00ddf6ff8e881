// Bech32 (BIP 173, checksum constant 1, so not Bech32m) over bytes and without BIP 173's length limit, as age keys use
// it.
#pragma once

#include "base/secret_bytes.h"

namespace cloister::formats {

struct Bech32 {
  std::string prefix;  // in the case that it came in; the whole text had this one case
  SecretBytes data;    // may be a key, so it wipes itself
};

// kMalformed: no separator, no prefix, a character outside the alphabet, upper and lower case mixed, a checksum that
// does not fit, padding bits that are not zero. kLimit: longer than 4096 characters.
Result<Bech32> DecodeBech32(std::string_view text);

// In capitals if `prefix` has capitals. `prefix` must be 1 or more characters 0x21..0x7E of one case (CHECK).
std::string EncodeBech32(std::string_view prefix, ByteSpan data);

}  // namespace cloister::formats

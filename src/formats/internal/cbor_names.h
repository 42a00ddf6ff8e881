// How messages call values of CBOR.
#pragma once

#include "formats/cbor.h"

namespace cloister::formats::internal {

// With its article: "a map".
std::string_view CborTypeName(CborType type);
// As in "key 3" or "key \"nonce\"".
std::string CborKeyName(const Cbor& key);

}  // namespace cloister::formats::internal

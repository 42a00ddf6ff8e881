// TOML v1.0 (configuration files, init-data) as a Json value, so that both are looked up the same way.
#pragma once

#include "formats/json.h"

namespace cloister::formats {

// Tables are objects, integers ints, floats doubles. kMalformed, with line and column: not TOML (a key twice among it).
// kUnsupported: a date or a time (write a string), a float that is not finite. kLimit.
Result<Json> ParseToml(std::string_view text, const JsonLimits& limits = {});

}  // namespace cloister::formats

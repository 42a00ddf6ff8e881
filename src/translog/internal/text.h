// Checks and numbers of the C2SP text formats.
#pragma once

#include "base/bytes.h"

namespace cloister::translog {

// UTF-8 without U+0000 to U+001F except newline.
bool IsNoteText(std::string_view text);
// What a key may be called: note text without spaces, newlines and '+', and not empty.
bool IsKeyName(std::string_view name);
// Decimal digits without sign and leading zeros. kMalformed; also beyond 64 bits.
Result<std::uint64_t> ParseDecimal(std::string_view text);

}  // namespace cloister::translog

// JSON text of single values, for log lines and problem bodies. Whole documents are read and written by `formats`.
#pragma once

#include <string>
#include <string_view>

namespace cloister::telemetry {

// Appends `text` as a JSON string with its quotes (RFC 8259 §7). Control characters are escaped, so the result is one
// line; what is not UTF-8 becomes U+FFFD.
void AppendJsonString(std::string& out, std::string_view text);

// Appends the shortest form that reads back as the same number; what JSON cannot say (NaN, infinity) becomes null.
void AppendJsonNumber(std::string& out, double value);

}  // namespace cloister::telemetry

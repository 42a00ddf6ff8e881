// The trace identity that travels with a request: W3C Trace Context, level 1, header `traceparent`.
#pragma once

#include "base/bytes.h"

namespace cloister::telemetry {

struct TraceContext {
  std::array<std::uint8_t, 16> trace_id{};  // not all zero
  std::array<std::uint8_t, 8> parent_id{};  // not all zero; the span that sent the request
  bool sampled = false;

  bool operator==(const TraceContext&) const = default;
};

// Reads "00-<32 hex>-<16 hex>-<2 hex>"; a higher version may carry more after a further "-" (§3.2.2, §4.3).
// kMalformed: upper case, zero ids, version ff, another length. The caller then starts a trace of its own (§4.3).
Result<TraceContext> ParseTraceparent(std::string_view header);

// Version 00.
std::string FormatTraceparent(const TraceContext& trace);

}  // namespace cloister::telemetry

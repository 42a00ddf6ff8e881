#include "telemetry/trace.h"

#include <algorithm>

namespace cloister::telemetry {
namespace {

constexpr std::size_t kLength = 55;  // 2 + 1 + 32 + 1 + 16 + 1 + 2

Error Malformed(std::string_view what) { return Error(ErrorCode::kMalformed, "traceparent: " + std::string(what)); }

// Lower-case hex only (§3.2.2: upper case is invalid).
template <std::size_t N>
Result<std::array<std::uint8_t, N>> LowerHex(std::string_view text) {
  const auto bytes = TRY(FromHex(text));
  if (ToHex(bytes) != text) return Malformed("expected lower-case hex");
  return ToArray<N>(bytes);
}

bool IsZero(ByteSpan bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t byte) { return byte == 0; });
}

}  // namespace

Result<TraceContext> ParseTraceparent(std::string_view header) {
  if (header.size() < kLength) return Malformed("expected 55 characters, got " + std::to_string(header.size()));
  if (header[2] != '-' || header[35] != '-' || header[52] != '-') return Malformed("expected four fields");
  const auto version = TRY_WITH("traceparent version", LowerHex<1>(header.substr(0, 2)))[0];
  if (version == 0xFF) return Malformed("version ff is not allowed");
  if (header.size() > kLength && (version == 0 || header[kLength] != '-')) return Malformed("trailing characters");
  TraceContext trace;
  trace.trace_id = TRY_WITH("traceparent trace id", LowerHex<16>(header.substr(3, 32)));
  trace.parent_id = TRY_WITH("traceparent parent id", LowerHex<8>(header.substr(36, 16)));
  trace.sampled = (TRY_WITH("traceparent flags", LowerHex<1>(header.substr(53, 2)))[0] & 1) != 0;
  if (IsZero(trace.trace_id) || IsZero(trace.parent_id)) return Malformed("an id is all zero");
  return trace;
}

std::string FormatTraceparent(const TraceContext& trace) {
  return "00-" + ToHex(trace.trace_id) + '-' + ToHex(trace.parent_id) + (trace.sampled ? "-01" : "-00");
}

}  // namespace cloister::telemetry

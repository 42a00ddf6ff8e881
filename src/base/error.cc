#include "base/error.h"

namespace cloister {

std::string_view ErrorCodeName(ErrorCode code) {
  switch (code) {
    case ErrorCode::kMalformed: return "malformed";
    case ErrorCode::kUnsupported: return "unsupported";
    case ErrorCode::kLimit: return "limit";
    case ErrorCode::kUntrusted: return "untrusted";
    case ErrorCode::kExpired: return "expired";
    case ErrorCode::kRevoked: return "revoked";
    case ErrorCode::kMismatch: return "mismatch";
    case ErrorCode::kReplayed: return "replayed";
    case ErrorCode::kStale: return "stale";
    case ErrorCode::kRefused: return "refused";
    case ErrorCode::kExhausted: return "exhausted";
    case ErrorCode::kNotFound: return "not-found";
    case ErrorCode::kConflict: return "conflict";
    case ErrorCode::kUnavailable: return "unavailable";
    case ErrorCode::kIo: return "io";
    case ErrorCode::kUsage: return "usage";
    case ErrorCode::kInternal: return "internal";
    case ErrorCode::kPrivate: return "private";
  }
  return "unknown";
}

ErrorCode ErrorCodeFromName(std::string_view name, ErrorCode otherwise) {
  for (std::uint16_t number = 1; number <= static_cast<std::uint16_t>(ErrorCode::kPrivate); ++number) {
    const ErrorCode code = static_cast<ErrorCode>(number);
    if (ErrorCodeName(code) == name) return code;
  }
  return otherwise;
}

std::string Error::ToText() const { return std::string(ErrorCodeName(code_)) + ": " + message_; }

Error Error::With(std::string_view context) const { return Error(code_, std::string(context) + ": " + message_); }

}  // namespace cloister

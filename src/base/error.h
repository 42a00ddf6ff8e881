// What went wrong when we could not decide, or could not do (a failure, never a "no").
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace cloister {

// Numbered once and never renumbered; docs/errors.md lists each with what a reader should do.
enum class ErrorCode : std::uint16_t {
  kMalformed = 1,     // bytes do not follow their format
  kUnsupported = 2,   // well-formed, but a version, algorithm or feature that we do not take
  kLimit = 3,         // longer, larger or deeper than the stated maximum
  kUntrusted = 4,     // a signature, a MAC, a digest or a chain does not hold
  kExpired = 5,       // outside its validity at the given time
  kRevoked = 6,       // its issuer took it back
  kMismatch = 7,      // holds by itself, but is not the one that was expected
  kReplayed = 8,      // was used before
  kStale = 9,         // older than what the caller already knows
  kRefused = 10,      // the other side, or a policy, said no
  kExhausted = 11,    // the budget does not cover it
  kNotFound = 12,
  kConflict = 13,     // exists already, with other content
  kUnavailable = 14,  // the other side did not answer; trying again may help
  kIo = 15,           // the operating system refused
  kUsage = 16,        // the caller asked for something that makes no sense
  kInternal = 17,     // a library failed where it should not
  kPrivate = 18,      // the room failed after data was opened, and says no more
};

// The code's name as docs/errors.md, HTTP bodies and audit entries write it, such as "malformed".
std::string_view ErrorCodeName(ErrorCode code);
// The code of that name; `otherwise` where there is none.
ErrorCode ErrorCodeFromName(std::string_view name, ErrorCode otherwise);

// A failure: its code, and what was expected and what came. Never holds secrets or raw input.
class Error {
 public:
  Error(ErrorCode code, std::string message) : code_(code), message_(std::move(message)) {}

  ErrorCode code() const { return code_; }
  const std::string& message() const { return message_; }
  // "untrusted: SNP report: signature does not verify"
  std::string ToText() const;

  // The same failure with `context` in front: With("contract") gives "contract: signature does not verify".
  Error With(std::string_view context) const;

 private:
  ErrorCode code_;
  std::string message_;
};

}  // namespace cloister

#include "commands/answer.h"

#include <string>

namespace cloister::commands {

int ExitCodeFor(ErrorCode code) {
  switch (code) {
    case ErrorCode::kUntrusted:
    case ErrorCode::kExpired:
    case ErrorCode::kRevoked:
    case ErrorCode::kMismatch:
    case ErrorCode::kReplayed:
    case ErrorCode::kStale:
    case ErrorCode::kRefused:
    case ErrorCode::kExhausted:
      return kExitNo;
    case ErrorCode::kUsage:
      return kExitUsage;
    case ErrorCode::kMalformed:
    case ErrorCode::kUnsupported:
    case ErrorCode::kLimit:
    case ErrorCode::kNotFound:
    case ErrorCode::kConflict:
    case ErrorCode::kUnavailable:
    case ErrorCode::kIo:
    case ErrorCode::kInternal:
    case ErrorCode::kPrivate:
      return kExitFailure;
  }
  return kExitFailure;
}

int Finish(std::string_view name, const Result<Answer>& answer, std::ostream& err) {
  if (answer) return *answer == Answer::kYes ? kExitYes : kExitNo;
  err << "cloister " << name << ": " << answer.error().ToText() << std::endl;
  return ExitCodeFor(answer.error().code());
}

Error AsVerdict(const Error& error) {
  switch (error.code()) {
    case ErrorCode::kMalformed:
    case ErrorCode::kUnsupported:
    case ErrorCode::kLimit:
      return Error(ErrorCode::kUntrusted, error.message());
    default:
      return error;
  }
}

}  // namespace cloister::commands

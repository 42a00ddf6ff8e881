// What every command of `cloister` ends with, and how that becomes an exit code.
#pragma once

#include <ostream>

#include "base/result.h"

namespace cloister::commands {

// Where a command writes: its result to `out`; what only people want to know to `err`.
struct Streams {
  std::ostream& out;
  std::ostream& err;
};

// A command that could decide says yes or no; one that could not gives an Error.
enum class Answer { kYes, kNo };

inline constexpr int kExitYes = 0;
inline constexpr int kExitNo = 1;       // refused, untrusted, expired, revoked, …: it was decided
inline constexpr int kExitUsage = 2;
inline constexpr int kExitFailure = 3;  // it could not be decided: files, network, formats, our own faults

// The one place that turns error codes into exit codes.
int ExitCodeFor(ErrorCode code);

// The exit code of a command; a failure's message goes to `err` as "cloister NAME: …".
int Finish(std::string_view name, const Result<Answer>& answer, std::ostream& err);

// For commands that are asked whether something holds: what is malformed does not. The same error as kUntrusted then.
Error AsVerdict(const Error& error);

}  // namespace cloister::commands

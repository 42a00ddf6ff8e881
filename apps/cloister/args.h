// The operator's tool: one table of subcommands.
#pragma once

#include <iosfwd>

namespace cloister {

// Parses, runs the subcommand that was named, and gives its exit code: 0 yes, 1 no, 2 usage, 3 failure.
int Run(int argc, char** argv, std::ostream& out, std::ostream& err);

}  // namespace cloister

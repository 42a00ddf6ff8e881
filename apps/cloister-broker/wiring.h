#pragma once

#include <iosfwd>

#include "args.h"

namespace cloister {

// Serves until SIGTERM. Prints "ready URL" once it answers. Exit codes: 0, 2 usage, 3 failure.
int Serve(const Options& options, std::ostream& out, std::ostream& err);

}  // namespace cloister

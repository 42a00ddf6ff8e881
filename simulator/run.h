// The program cloister-simulator, callable from tests.
#pragma once

#include <iosfwd>
#include <span>
#include <string>

namespace cloister::simulator {

// `arguments` without the program's name; `in` is read by `agent` alone. Gives the exit status: 0, 2 (usage), 3 (failure), or
// the guest's.
int Run(std::span<const std::string> arguments, std::istream& in, std::ostream& out, std::ostream& err);

}  // namespace cloister::simulator

#pragma once

#include <iosfwd>
#include <optional>
#include <string>

namespace cloister {

struct Options {
  std::string party;   // the party's folder
  std::string ledger;  // the ledger's card
  std::string listen = "127.0.0.1:0";
};

struct Parsed {
  std::optional<Options> options;  // none: the program ends with exit_code
  int exit_code = 0;
};

Parsed ParseArgs(int argc, char** argv, std::ostream& out, std::ostream& err);

}  // namespace cloister

#pragma once

#include <iosfwd>
#include <optional>
#include <string>

namespace cloister {

struct Options {
  std::string folder;
  std::string origin;
  std::string listen = "127.0.0.1:0";
  std::string card;  // where the ledger's card is written
  std::string url;   // what it says; the server's own otherwise
};

struct Parsed {
  std::optional<Options> options;  // none: the program ends with exit_code
  int exit_code = 0;
};

Parsed ParseArgs(int argc, char** argv, std::ostream& out, std::ostream& err);

}  // namespace cloister

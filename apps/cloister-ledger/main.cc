#include <iostream>

#include "args.h"
#include "wiring.h"

int main(int argc, char** argv) {
  const auto options = cloister::ParseArgs(argc, argv, std::cout, std::cerr);
  return options.options ? cloister::Serve(*options.options, std::cout, std::cerr) : options.exit_code;
}

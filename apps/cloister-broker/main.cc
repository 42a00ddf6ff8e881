#include <iostream>

#include "args.h"
#include "wiring.h"

int main(int argc, char** argv) {
  const auto parsed = cloister::ParseArgs(argc, argv, std::cout, std::cerr);
  return parsed.options ? cloister::Serve(*parsed.options, std::cout, std::cerr) : parsed.exit_code;
}

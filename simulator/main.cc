#include <unistd.h>

#include <iostream>
#include <vector>

#include "simulator/run.h"

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  const int status = cloister::simulator::Run(arguments, std::cin, std::cout, std::cerr);
  std::cout.flush();
  _exit(status);  // relays' threads may still run
}

#include <iostream>

#include "args.h"

int main(int argc, char** argv) { return cloister::Run(argc, argv, std::cout, std::cerr); }

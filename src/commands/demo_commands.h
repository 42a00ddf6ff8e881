// `cloister demo`, `cloister conformance`.
#pragma once

#include "commands/answer.h"
#include "commands/conformance.h"

namespace cloister::commands {

struct DemoCommandOptions {
  std::string scenario = "breast-cancer";
  std::string data;    // empty, as the others: see DemoOptions
  std::string plan;
  std::string folder;
  int repeat = 1;
  bool json = false;   // the outcome and nothing else
};
Result<Answer> Demo(const DemoCommandOptions& options, Streams streams);

// No: a case failed, or one that was asked for by name was skipped.
Result<Answer> Conformance(const ConformanceOptions& options, Streams streams);

}  // namespace cloister::commands

// `cloister demo`.
#pragma once

#include "commands/answer.h"

namespace cloister::demo {

struct DemoCommandOptions {
  std::string scenario = "breast-cancer";
  std::string data;    // empty, as the others: see DemoOptions
  std::string plan;
  std::string folder;
  std::string report;  // empty: only beside the outputs
  std::string attack;  // the name of an attack, "all", or "list" to see them, instead of an honest run
  int repeat = 1;
  bool json = false;   // the outcome and nothing else
};
// No: an attack was not refused as it should be.
Result<commands::Answer> Demo(const DemoCommandOptions& options, commands::Streams streams);

}  // namespace cloister::demo

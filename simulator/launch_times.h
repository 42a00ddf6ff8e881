// When what happened at a launch, for benchmarks.
#pragma once

#include <filesystem>
#include <fstream>
#include <mutex>

#include "base/result.h"

namespace cloister::simulator {

// Writes a line "NAME NANOSECONDS" for each mark, by the machine's monotonic clock, which other programs of the machine share.
// Safe to use from several threads.
class LaunchTimes {
 public:
  // kIo: `file` cannot be written.
  static Result<std::unique_ptr<LaunchTimes>> Create(const std::filesystem::path& file);
  void Mark(std::string_view name);

 private:
  explicit LaunchTimes(std::ofstream out) : out_(std::move(out)) {}
  std::mutex lock_;
  std::ofstream out_;
};

}  // namespace cloister::simulator

#include "simulator/launch_times.h"

#include <chrono>

namespace cloister::simulator {

Result<std::unique_ptr<LaunchTimes>> LaunchTimes::Create(const std::filesystem::path& file) {
  std::ofstream out(file, std::ios::trunc);
  if (!out) return Error(ErrorCode::kIo, file.string() + ": cannot be written");
  return std::unique_ptr<LaunchTimes>(new LaunchTimes(std::move(out)));
}

void LaunchTimes::Mark(std::string_view name) {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  const std::lock_guard guard(lock_);
  out_ << name << " " << std::chrono::nanoseconds(now).count() << std::endl;
}

}  // namespace cloister::simulator

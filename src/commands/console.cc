#include "commands/console.h"

#include <cstdio>
#include <string>

namespace cloister::commands {

double Console::Elapsed() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
}

void Console::Say(std::string_view who, std::string_view what) {
  if (out_ == nullptr) return;
  char front[64];
  std::snprintf(front, sizeof front, "%6.2f s  %-12.*s ", Elapsed(), static_cast<int>(who.size()), who.data());
  *out_ << front << what << std::endl;
}

void Console::Line(std::string_view text) {
  if (out_ != nullptr) *out_ << text << std::endl;
}

}  // namespace cloister::commands

// What a command says while it works: to people as lines with the time and who did it, to programs nothing.
#pragma once

#include <chrono>
#include <ostream>
#include <string_view>

namespace cloister::commands {

class Console {
 public:
  // `out` outlives it; a null pointer says nothing.
  explicit Console(std::ostream* out) : out_(out), start_(std::chrono::steady_clock::now()) {}

  // "  1.2 s  hospital-a        seals 455 rows"
  void Say(std::string_view who, std::string_view what);
  void Line(std::string_view text);
  // Seconds since it was made.
  double Elapsed() const;

 private:
  std::ostream* out_;
  std::chrono::steady_clock::time_point start_;
};

}  // namespace cloister::commands

// Other programs of ours, started and watched: the demonstration's ledger, brokers and room.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"

namespace cloister::commands {

struct Ended {
  int code = 0;    // exit status; 128 + signal where a signal ended it
  std::string errors;  // the last lines of its standard error
};

// A child process. It gets SIGKILL if this process dies, and SIGTERM (then SIGKILL) when the object goes.
class Process {
 public:
  struct Options {
    std::filesystem::path program;
    std::vector<std::string> arguments;
    std::filesystem::path error_file;  // where its standard error goes
  };
  // kIo: cannot be started.
  static Result<Process> Start(const Options& options);
  Process(Process&& other) noexcept;
  Process& operator=(Process&& other) noexcept;
  ~Process();

  // The next line of its standard output without the line end. kUnavailable: it closed its output; or `patience` ran out.
  Result<std::string> ReadLine(std::chrono::milliseconds patience);
  void Kill(int signal);
  // Waits for its end, at most `patience` (kUnavailable).
  Result<Ended> Wait(std::chrono::milliseconds patience);
  pid_t pid() const { return pid_; }

 private:
  Process(pid_t pid, int output, std::filesystem::path error_file);
  void Release();
  pid_t pid_ = -1;
  int output_ = -1;
  std::string pending_;
  std::filesystem::path error_file_;
};

// The folder of the running program, where its siblings are.
std::filesystem::path ProgramFolder();

}  // namespace cloister::commands

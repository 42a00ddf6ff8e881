#include "commands/process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <thread>
#include <utility>

#include "base/file.h"

namespace cloister::commands {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

Error IoError(const std::filesystem::path& program, std::string_view doing) {
  return Error(ErrorCode::kIo, program.string() + ": " + std::string(doing) + ": " + std::strerror(errno));
}

// In the child, where only system calls are safe.
[[noreturn]] void Become(const char* program, char* const* arguments, int output, int errors, pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(127);
  const int input = open("/dev/null", O_RDONLY);
  dup2(input, 0);
  dup2(output, 1);
  dup2(errors, 2);
  execv(program, arguments);
  _exit(127);
}

std::string LastLines(const std::filesystem::path& file) {
  const auto text = ReadTextFile(file, 16u << 20);
  if (!text) return {};
  constexpr std::size_t kEnough = 2000;
  return text->size() <= kEnough ? *text : text->substr(text->size() - kEnough);
}

}  // namespace

Process::Process(pid_t pid, int output, std::filesystem::path error_file)
    : pid_(pid), output_(output), error_file_(std::move(error_file)) {}

Process::Process(Process&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      output_(std::exchange(other.output_, -1)),
      pending_(std::move(other.pending_)),
      error_file_(std::move(other.error_file_)) {}

Process& Process::operator=(Process&& other) noexcept {
  if (this != &other) {
    Release();
    pid_ = std::exchange(other.pid_, -1);
    output_ = std::exchange(other.output_, -1);
    pending_ = std::move(other.pending_);
    error_file_ = std::move(other.error_file_);
  }
  return *this;
}

Process::~Process() { Release(); }

void Process::Release() {
  if (pid_ > 0) {
    kill(pid_, SIGTERM);
    if (!Wait(milliseconds(3000))) {
      kill(pid_, SIGKILL);
      waitpid(pid_, nullptr, 0);
    }
  }
  if (output_ >= 0) close(output_);
  pid_ = output_ = -1;
}

Result<Process> Process::Start(const Options& options) {
  if (access(options.program.c_str(), X_OK) != 0) return IoError(options.program, "cannot be started");
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return IoError(options.program, "no pipe");
  const int errors = open(options.error_file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (errors < 0) {
    close(ends[0]);
    close(ends[1]);
    return IoError(options.error_file, "cannot write");
  }
  std::vector<std::string> words = {options.program.string()};
  words.insert(words.end(), options.arguments.begin(), options.arguments.end());
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid == 0) Become(options.program.c_str(), arguments.data(), ends[1], errors, parent);
  close(ends[1]);
  close(errors);
  if (pid < 0) {
    close(ends[0]);
    return IoError(options.program, "cannot be started");
  }
  return Process(pid, ends[0], options.error_file);
}

Result<std::string> Process::ReadLine(milliseconds patience) {
  const auto until = Clock::now() + patience;
  for (;;) {
    if (const std::size_t end = pending_.find('\n'); end != std::string::npos) {
      std::string line = pending_.substr(0, end);
      pending_.erase(0, end + 1);
      return line;
    }
    const auto left = std::chrono::duration_cast<milliseconds>(until - Clock::now()).count();
    pollfd waiting{output_, POLLIN, 0};
    if (left <= 0 || poll(&waiting, 1, static_cast<int>(left)) == 0) {
      return Error(ErrorCode::kUnavailable, "expected a line within " + std::to_string(patience.count()) + " ms, got none");
    }
    char buffer[4096];
    const ssize_t got = read(output_, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return Error(ErrorCode::kUnavailable, "the program closed its output\n" + LastLines(error_file_));
    pending_.append(buffer, static_cast<std::size_t>(got));
  }
}

void Process::Kill(int signal) {
  if (pid_ > 0) kill(pid_, signal);
}

Result<Ended> Process::Wait(milliseconds patience) {
  const auto until = Clock::now() + patience;
  for (;;) {
    int status = 0;
    const pid_t ended = waitpid(pid_, &status, WNOHANG);
    if (ended == pid_) {
      pid_ = -1;
      return Ended{WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), LastLines(error_file_)};
    }
    if (ended < 0 && errno != EINTR) return Error(ErrorCode::kIo, "cannot wait for a program that has ended already");
    if (Clock::now() >= until) {
      return Error(ErrorCode::kUnavailable, "expected the program to end within " + std::to_string(patience.count()) + " ms");
    }
    std::this_thread::sleep_for(milliseconds(2));
  }
}

std::filesystem::path ProgramFolder() {
  std::error_code error;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", error);
  return error ? std::filesystem::path(".") : program.parent_path();
}

}  // namespace cloister::commands

#include "simulator/launch.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "simulator/channel.h"
#include "simulator/guest_root.h"
#include "simulator/report_device.h"

namespace cloister::simulator {
namespace {

namespace fs = std::filesystem;

constexpr int kCannotExec = 127;
constexpr unsigned long kNamespaces = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS;

// Not fork(): a copy of all that the simulator holds of the image takes milliseconds to make and to let go. -1: it cannot run.
pid_t StartProgram(const GuestImage& image) {
  std::vector<char*> argv, environment;
  for (const std::string& argument : image.arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  for (const std::string& variable : image.environment) environment.push_back(const_cast<char*>(variable.c_str()));
  argv.push_back(nullptr);
  environment.push_back(nullptr);
  pid_t program = -1;
  return posix_spawn(&program, image.program.c_str(), nullptr, nullptr, argv.data(), environment.data()) == 0 ? program : -1;
}

int ExitStatus(int status) { return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status); }

// The guest's process 1 after set-up: starts the program, buries the dead, ends with the program.
[[noreturn]] void RunAsInit(const GuestImage& image) {
  const pid_t program = StartProgram(image);
  while (program > 0) {
    int status = 0;
    const pid_t dead = waitpid(-1, &status, 0);
    if (dead == program) _exit(ExitStatus(status));
    if (dead < 0 && errno != EINTR) break;
  }
  _exit(kCannotExec);
}

// No input from the host, its output as console, no terminal, no signal mask, nothing else open.
void DetachFromHost() {
  const int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
  dup2(null, STDIN_FILENO);
  setsid();
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
}

Result<GuestDevices> SetUpGuest(const GuestRootPlan& plan, const Channel& channel) {
  if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0) return Error(ErrorCode::kIo, "SIMULATED guest: prctl failed");
  // After this message the parent was alive when PDEATHSIG already held.
  if (channel.Receive().kind != MessageKind::kMapped) return Error(ErrorCode::kIo, "SIMULATED guest: the simulator is gone");
  return EnterGuestRoot(plan);
}

[[noreturn]] void GuestMain(const GuestRootPlan& plan, const Channel& channel) {
  auto devices = SetUpGuest(plan, channel);
  if (!devices) {
    channel.Send(MessageKind::kError, devices.error().message(), {});
    _exit(kCannotExec);
  }
  DetachFromHost();
  if (const auto dropped = DropPrivileges(); !dropped) {
    channel.Send(MessageKind::kError, dropped.error().message(), {});
    _exit(kCannotExec);
  }
  std::vector<int> descriptors = {devices->fuse.number()};
  for (const Descriptor& listener : devices->listeners) descriptors.push_back(listener.number());
  channel.Send(MessageKind::kReady, "", descriptors);
  if (channel.Receive().kind != MessageKind::kGo) _exit(kCannotExec);
  close_range(3, ~0u, 0);
  RunAsInit(plan.image);
}

// Like fork(), in new namespaces; in a user namespace too where this process has not the privileges otherwise.
Result<std::pair<pid_t, bool>> ForkIntoNamespaces() {
  for (const bool user_namespace : {false, true}) {
    const unsigned long flags = kNamespaces | (user_namespace ? CLONE_NEWUSER : 0) | SIGCHLD;
    const long child = syscall(SYS_clone, flags, nullptr, nullptr, nullptr, 0);
    if (child >= 0) return std::pair(static_cast<pid_t>(child), user_namespace);
    if (errno != EPERM) break;
  }
  return Error(ErrorCode::kUnavailable,
               std::string("SIMULATED guest: new namespaces: ") + std::strerror(errno) +
                   ". Run as root, or allow user namespaces (sysctl kernel.unprivileged_userns_clone=1, "
                   "user.max_user_namespaces); a container needs --cap-add SYS_ADMIN");
}

Result<void> MapIds(pid_t child) {
  const auto write = [child](const char* file, const std::string& content) {
    std::ofstream out("/proc/" + std::to_string(child) + "/" + file);
    return static_cast<bool>(out << content << std::flush);
  };
  if (!write("setgroups", "deny") || !write("uid_map", "0 " + std::to_string(geteuid()) + " 1") ||
      !write("gid_map", "0 " + std::to_string(getegid()) + " 1")) {
    return Error(ErrorCode::kUnavailable, "SIMULATED guest: could not map ids into the user namespace; run as root");
  }
  return {};
}

// Waits for the guest's end; a signal to us ends it.
int WaitForGuest(pid_t guest, const sigset_t& signals) {
  while (true) {
    int status = 0;
    if (waitpid(guest, &status, WNOHANG) == guest) return ExitStatus(status);
    int signal = 0;
    sigwait(&signals, &signal);
    if (signal != SIGCHLD) {
      kill(guest, SIGKILL);
      waitpid(guest, &status, 0);
      return 128 + signal;
    }
  }
}

Result<void> CheckPaths(const GuestImage& image) {
  for (const GuestFile& file : image.files) {
    const std::string top = fs::path(file.path).relative_path().begin()->string();
    for (const char* reserved : {"proc", "dev", "sys", "net", "data", "out", "init-data.toml"}) {
      if (top == reserved) {
        return Error(ErrorCode::kUsage, "SIMULATED guest: " + file.path + " lies in a folder that is the guest's own");
      }
    }
  }
  return {};
}

// A folder to build the guest's root on; only a mount point, so it is empty again in the end.
class MountPoint {
 public:
  static Result<MountPoint> Make() {
    std::string name = (fs::temp_directory_path() / "cloister-SIMULATED-guest-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) return Error(ErrorCode::kIo, "SIMULATED guest: could not make " + name);
    return MountPoint(name);
  }
  MountPoint(MountPoint&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  MountPoint(const MountPoint&) = delete;
  ~MountPoint() {
    if (!path_.empty()) Remove();
  }
  const fs::path& path() const { return path_; }
  // As soon as the guest's root is no longer mounted there, so that nothing stays behind if we are killed.
  void Remove() const { rmdir(path_.c_str()); }

 private:
  explicit MountPoint(fs::path path) : path_(std::move(path)) {}
  fs::path path_;
};

evidence::SimulatedSnpGuest DescribeGuest(const crypto::Sha384Digest& measurement, const LaunchOptions& options,
                                          crypto::RandomSource& random) {
  evidence::SimulatedSnpGuest guest{.measurement = measurement, .host_data = crypto::Sha256(options.init_data)};
  if (options.debug_guest) guest.policy.bits |= std::uint64_t{1} << 19;
  random.Fill(guest.report_id);
  return guest;
}

// From the fork on: connects the guest to its devices, runs it, and gives its exit status.
Result<int> ServeGuest(pid_t guest, bool user_namespace, const Channel& channel, attester::SimulatedTsm tsm,
                       const LaunchOptions& options, const MountPoint& mount_point, const sigset_t& signals) {
  if (user_namespace) TRY(MapIds(guest));
  channel.Send(MessageKind::kMapped, "", {});
  Message answer = channel.Receive();
  if (answer.kind == MessageKind::kError) return Error(ErrorCode::kUnavailable, answer.text);
  if (answer.kind != MessageKind::kReady || answer.descriptors.size() != options.relays.size() + 1) {
    return Error(ErrorCode::kInternal, "SIMULATED guest: ended while it was set up");
  }
  mount_point.Remove();
  if (options.times != nullptr) {
    tsm.WatchRemoval([times = options.times] { times->Mark("evidence-collected"); });
  }
  const auto device = TRY(ReportDevice::Serve(std::move(answer.descriptors[0]), std::move(tsm)));
  for (std::size_t i = 0; i < options.relays.size(); ++i) {
    ServeRelay(std::move(answer.descriptors[i + 1]), options.relays[i]);
  }
  if (options.times != nullptr) options.times->Mark("guest-started");
  channel.Send(MessageKind::kGo, "", {});
  return WaitForGuest(guest, signals);
}

}  // namespace

Result<int> Launch(const evidence::SimulatedSnpProcessor& processor, const GuestImage& image,
                   const LaunchOptions& options, crypto::RandomSource& random) {
  TRY(CheckPaths(image));
  if (options.relays.size() >= kMaximumDescriptors) return Error(ErrorCode::kUsage, "SIMULATED guest: at most 31 relays");
  const MountPoint mount_point = TRY(MountPoint::Make());
  const GuestRootPlan plan{.image = image, .init_data = options.init_data, .data = options.data, .out = options.out,
                           .relays = options.relays, .mount_point = mount_point.path()};
  const auto measurement = TRY(image.Measurement());
  auto tsm = attester::SimulatedTsm::ForGuest(processor, DescribeGuest(measurement, options, random));

  auto [ours, guests] = TRY(Channel::MakePair());
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGCHLD, SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, signal);
  sigprocmask(SIG_BLOCK, &signals, nullptr);

  const auto [guest, user_namespace] = TRY(ForkIntoNamespaces());
  if (guest == 0) {
    ours.Close();
    GuestMain(plan, guests);
  }
  guests.Close();
  auto status = ServeGuest(guest, user_namespace, ours, std::move(tsm), options, mount_point, signals);
  if (!status) {
    kill(guest, SIGKILL);
    waitpid(guest, nullptr, 0);
  }
  return status;
}

}  // namespace cloister::simulator

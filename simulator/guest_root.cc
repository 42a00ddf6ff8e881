#include "simulator/guest_root.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>

#include "attester/tsm_entries.h"

namespace cloister::simulator {
namespace {

namespace fs = std::filesystem;

constexpr unsigned long kNoPrograms = MS_NOSUID | MS_NODEV | MS_NOEXEC;
constexpr const char* kNeedsMounts = "Run as root; a container needs --cap-add SYS_ADMIN";

Error Failed(const std::string& what, const std::string& help = "") {
  return Error(ErrorCode::kUnavailable,
               "SIMULATED guest: " + what + ": " + std::strerror(errno) + (help.empty() ? "" : ". " + help));
}

Result<void> MakeFolders(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) return Error(ErrorCode::kIo, "SIMULATED guest: " + folder.string() + ": " + error.message());
  return {};
}

// A new file of `content`. Neither the path nor what it leads over may exist already as something else.
Result<void> PutFile(const fs::path& path, ByteSpan content, mode_t mode) {
  TRY(MakeFolders(path.parent_path()));
  const Descriptor file(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file.valid()) return Failed("create " + path.string());
  while (!content.empty()) {
    const ssize_t count = write(file.number(), content.data(), content.size());
    if (count < 0) return Failed("write " + path.string());
    content = content.subspan(static_cast<std::size_t>(count));
  }
  if (fchmod(file.number(), mode) != 0) return Failed("set the mode of " + path.string());
  return {};
}

Result<void> Remount(const fs::path& at, unsigned long flags) {
  if (mount(nullptr, at.c_str(), nullptr, MS_REMOUNT | MS_BIND | flags, nullptr) != 0) {
    return Failed("remount " + at.string());
  }
  return {};
}

Result<void> BindFolder(const fs::path& from, const fs::path& at, unsigned long flags) {
  TRY(MakeFolders(at));
  if (mount(from.c_str(), at.c_str(), nullptr, MS_BIND, nullptr) != 0) return Failed("bind " + from.string());
  return Remount(at, flags);
}

// The program gets no right to read its own file: the kernel then leaves it undumpable, so that no process without
// CAP_SYS_PTRACE can look into it.
Result<void> PutImage(const GuestImage& image, const fs::path& root) {
  for (const GuestFile& file : image.files) {
    TRY(PutFile(root / file.path.substr(1), file.content, file.path == image.program ? 0111 : 0555));
  }
  return {};
}

Result<void> MakeDevices(const fs::path& root) {
  const fs::path dev = root / "dev";
  TRY(MakeFolders(dev));
  for (const char* name : {"null", "zero", "random", "urandom"}) {
    TRY(PutFile(dev / name, {}, 0600));
    if (mount((fs::path("/dev") / name).c_str(), (dev / name).c_str(), nullptr, MS_BIND, nullptr) != 0) {
      return Failed(std::string("bind /dev/") + name);
    }
    TRY(Remount(dev / name, MS_NOSUID | MS_NOEXEC));
  }
  for (const auto& [link, target] : {std::pair{"fd", "/proc/self/fd"}, {"stdin", "/proc/self/fd/0"},
                                     {"stdout", "/proc/self/fd/1"}, {"stderr", "/proc/self/fd/2"}}) {
    if (symlink(target, (dev / link).c_str()) != 0) return Failed(std::string("link /dev/") + link);
  }
  return {};
}

Result<void> MountProc(const fs::path& root) {
  TRY(MakeFolders(root / "proc"));
  if (mount("proc", (root / "proc").c_str(), "proc", kNoPrograms, nullptr) != 0) {
    return Failed("mount /proc", "Run as root; a container needs --cap-add SYS_ADMIN and an unmasked /proc");
  }
  return Remount(root / "proc", kNoPrograms | MS_RDONLY);  // without capabilities root could still write sysctls
}

Result<Descriptor> MountReportDevice(const fs::path& root) {
  const fs::path at = root / attester::kTsmReportFolder.substr(1);
  TRY(MakeFolders(at));
  // The kernel wants the device opened in the user namespace that mounts.
  Descriptor fuse(open("/dev/fuse", O_RDWR | O_CLOEXEC));
  if (!fuse.valid()) {
    return Failed("open /dev/fuse", "FUSE is missing or closed to this user: `modprobe fuse`, be root or `chmod 666 "
                                    "/dev/fuse`; a container needs --device /dev/fuse");
  }
  const std::string options =
      "fd=" + std::to_string(fuse.number()) + ",rootmode=40000,user_id=0,group_id=0,allow_other";
  if (mount("cloister-simulator", at.c_str(), "fuse.SIMULATED-tsm", kNoPrograms, options.c_str()) != 0) {
    return Failed("mount the report device", "Run as root, or allow FUSE mounts in user namespaces (Linux 4.18 and later)");
  }
  return fuse;
}

Result<Descriptor> Listen(const fs::path& path) {
  Descriptor listener(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string text = path.string();
  if (!listener.valid() || text.size() >= sizeof address.sun_path) return Failed("make the socket " + text);
  std::memcpy(address.sun_path, text.c_str(), text.size());
  if (bind(listener.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      chmod(text.c_str(), 0666) != 0 || listen(listener.number(), 128) != 0) {
    return Failed("listen at " + text);
  }
  return listener;
}

Result<void> PivotInto(const fs::path& root) {
  TRY(Remount(root, MS_RDONLY | MS_NOSUID | MS_NODEV));
  if (chdir(root.c_str()) != 0 || syscall(SYS_pivot_root, ".", ".") != 0 || umount2(".", MNT_DETACH) != 0 ||
      chdir("/") != 0) {
    return Failed("make the guest's root the root");
  }
  return {};
}

}  // namespace

Result<GuestDevices> EnterGuestRoot(const GuestRootPlan& plan) {
  const fs::path& root = plan.mount_point;
  if (mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
    const bool chrooted = errno == EINVAL;
    return Failed("make the mounts private", chrooted ? "A chroot must be a mount point: first `mount --bind DIR DIR`" : kNeedsMounts);
  }
  if (mount("SIMULATED-guest", root.c_str(), "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755") != 0) {
    return Failed("mount a tmpfs", kNeedsMounts);
  }
  GuestDevices devices;
  TRY(PutImage(plan.image, root));
  TRY(PutFile(root / "init-data.toml", plan.init_data, 0444));
  TRY(MakeDevices(root));
  TRY(MountProc(root));
  devices.fuse = TRY(MountReportDevice(root));
  TRY(MakeFolders(root / "net"));
  for (const Relay& relay : plan.relays) devices.listeners.push_back(TRY(Listen(root / "net" / (relay.name + ".sock"))));
  if (!plan.data.empty()) TRY(BindFolder(plan.data, root / "data", kNoPrograms | MS_RDONLY));
  if (!plan.out.empty()) TRY(BindFolder(plan.out, root / "out", kNoPrograms));
  TRY(PivotInto(root));
  constexpr std::string_view kHostName = "SIMULATED-guest";
  if (sethostname(kHostName.data(), kHostName.size()) != 0) return Failed("set the host name");
  return devices;
}

Result<void> DropPrivileges() {
  const rlimit no_core{};
  if (setrlimit(RLIMIT_CORE, &no_core) != 0) return Failed("limit core dumps");
  // A guest's memory is its own to lock. Without root the caller's limit stands, and the guest says if it needs more.
  const rlimit all_memory{RLIM_INFINITY, RLIM_INFINITY};
  (void)setrlimit(RLIMIT_MEMLOCK, &all_memory);
  constexpr unsigned long kLocked = SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP |
                                    SECBIT_NO_SETUID_FIXUP_LOCKED | SECBIT_KEEP_CAPS_LOCKED |
                                    SECBIT_NO_CAP_AMBIENT_RAISE | SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED;
  if (prctl(PR_SET_SECUREBITS, kLocked, 0, 0, 0) != 0) return Failed("lock the secure bits");
  for (unsigned long capability = 0; prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0; ++capability) {
    if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0) return Failed("drop a capability");
  }
  if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0) return Failed("drop ambient capabilities");
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  __user_cap_data_struct none[2]{};
  if (syscall(SYS_capset, &header, none) != 0) return Failed("drop all capabilities");
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return Failed("forbid new privileges");
  if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return Failed("forbid dumps");
  return {};
}

}  // namespace cloister::simulator

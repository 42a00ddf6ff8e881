#include "room/hardening.h"

#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "base/file.h"

namespace cloister::room {
namespace {

Error Refused(const std::string& what, int number) {
  return Error(ErrorCode::kIo, "hardening: " + what + ": " + std::strerror(number));
}

// Everything that a room never needs once it runs.
constexpr int kForbidden[] = {
    SCMP_SYS(execve),       SCMP_SYS(execveat),    SCMP_SYS(ptrace),        SCMP_SYS(process_vm_readv),
    SCMP_SYS(mount),        SCMP_SYS(umount2),     SCMP_SYS(pivot_root),    SCMP_SYS(process_vm_writev),
    SCMP_SYS(init_module),  SCMP_SYS(bpf),         SCMP_SYS(finit_module),  SCMP_SYS(kexec_load),
    SCMP_SYS(setns),        SCMP_SYS(unshare),     SCMP_SYS(keyctl),        SCMP_SYS(userfaultfd),
    SCMP_SYS(perf_event_open), SCMP_SYS(open_by_handle_at), SCMP_SYS(swapon), SCMP_SYS(reboot),
    // Its submissions are no system calls: it could open the sockets that the rule below refuses.
    SCMP_SYS(io_uring_setup), SCMP_SYS(io_uring_enter), SCMP_SYS(io_uring_register),
    SCMP_SYS(kexec_file_load), SCMP_SYS(delete_module), SCMP_SYS(add_key), SCMP_SYS(request_key), SCMP_SYS(pidfd_getfd),
};

Result<void> FilterSystemCalls() {
  const std::unique_ptr<void, void (*)(void*)> filter(seccomp_init(SCMP_ACT_ALLOW), seccomp_release);
  if (filter == nullptr) return Error(ErrorCode::kInternal, "hardening: no memory for the system call filter");
  for (const int call : kForbidden) {
    const int added = seccomp_rule_add(filter.get(), SCMP_ACT_ERRNO(EPERM), call, 0);
    if (added != 0) return Refused("system call filter", -added);
  }
  const scmp_arg_cmp not_local{.arg = 0, .op = SCMP_CMP_NE, .datum_a = AF_UNIX, .datum_b = 0};
  const int sockets = seccomp_rule_add_array(filter.get(), SCMP_ACT_ERRNO(EPERM), SCMP_SYS(socket), 1, &not_local);
  if (sockets != 0) return Refused("system call filter", -sockets);
  const int loaded = seccomp_load(filter.get());
  if (loaded != 0) return Refused("system call filter", -loaded);
  return {};
}

// Whether the kernel has no swap at all: /proc/swaps has its heading only.
Result<bool> HasNoSwap() {
  const std::string swaps = TRY(ReadTextFile("/proc/swaps", 64 * 1024));
  return swaps.find('\n') + 1 == swaps.size();
}

}  // namespace

Result<void> HardenProcess() {
  const rlimit none{0, 0};
  if (setrlimit(RLIMIT_CORE, &none) != 0) return Refused("turning core dumps off", errno);
  if (prctl(PR_SET_DUMPABLE, 0) != 0) return Refused("refusing debuggers", errno);
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return Refused("refusing new privileges", errno);
  // Each page is locked from the moment it is there. Without MCL_ONFAULT the kernel would fetch every page of every library
  // first, which takes most of the time that a room needs to start.
  if (mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) != 0) {
    const int number = errno;
    // Where the limit on locked memory can't be raised, memory stays in RAM only if there is nowhere to swap it to.
    if (!TRY(HasNoSwap())) return Refused("locking memory (expected RLIMIT_MEMLOCK unlimited, or no swap)", number);
  }
  return FilterSystemCalls();
}

}  // namespace cloister::room

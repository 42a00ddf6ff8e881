// What the simulator's tests launch: looks around in the guest and says what it sees.
//   probe report HEX     evidence JSON over the report data HEX (64 bytes), from the kernel's path
//   probe exists PATH…   "PATH yes|no" for each
//   probe self           capabilities, limits, dumpability, pid, interfaces, host name, process 1's memory
//   probe write PATH     exit status 0 if PATH could be written
//   probe relay NAME     sends "ping" over /net/NAME.sock, prints what comes back
//   probe raw            walks through the rules of the report device, prints errno values
//   probe exit N | abort | sleep
#include <fcntl.h>
#include <ifaddrs.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>

#include "attester/tsm_attester.h"
#include "base/bytes.h"

extern "C" int probe_library_answer(void);
// Looking for leaks needs ptrace, which a guest that cannot be dumped refuses.
extern "C" const char* __asan_default_options() { return "detect_leaks=0"; }

namespace {

using namespace cloister;

// Says, as programs that load libraries while they run do, that there is one.
struct Note {
  std::uint32_t owner_size = 4;
  std::uint32_t text_size = sizeof text;
  std::uint32_t type = 0x407C0C0A;
  char owner[4] = "FDO";
  alignas(4) char text[48] = R"([{"soname":["libsimulator_probe_late.so"]}])";
};
[[gnu::section(".note.dlopen"), gnu::used, gnu::aligned(4)]] constexpr Note kNote;

int Report(const char* hex) {
  const auto report_data = ToArray<64>(*FromHex(hex));
  attester::ConfigfsTsm entries{std::filesystem::path(attester::kTsmReportFolder)};
  const auto collected = attester::TsmAttester(entries, crypto::SystemRandom()).Collect(*report_data);
  if (!collected) {
    std::cerr << collected.error().ToText() << "\n";
    return 3;
  }
  std::cout << collected->ToJson()->Dump() << "\n";
  return 0;
}

int Self() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("Cap") || line.starts_with("NoNewPrivs")) std::cout << line << "\n";
  }
  rlimit core{};
  getrlimit(RLIMIT_CORE, &core);
  char name[65] = {};
  gethostname(name, sizeof name - 1);
  std::cout << "core " << core.rlim_max << "\ndumpable " << prctl(PR_GET_DUMPABLE) << "\npid " << getpid() << "\nhost "
            << name << "\n";
  ifaddrs* interfaces = nullptr;
  getifaddrs(&interfaces);
  for (const ifaddrs* one = interfaces; one != nullptr; one = one->ifa_next) {
    if (one->ifa_addr != nullptr && one->ifa_addr->sa_family != AF_PACKET) std::cout << "address " << one->ifa_name << "\n";
  }
  const int inet = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_un none{};
  none.sun_family = AF_INET;
  std::cout << "connect " << (connect(inet, reinterpret_cast<sockaddr*>(&none), 16) == 0 ? "yes" : "no") << "\n";
  std::cout << "init-memory " << (std::ifstream("/proc/1/mem").is_open() ? "yes" : "no") << "\n";
  std::cout << "environment " << (environ[0] == nullptr ? "" : environ[0]) << "\n";
  return 0;
}

int RelayTo(const std::string& name) {
  const int socket_number = socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::snprintf(address.sun_path, sizeof address.sun_path, "/net/%s.sock", name.c_str());
  if (connect(socket_number, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return 4;
  if (write(socket_number, "ping", 4) != 4) return 5;
  shutdown(socket_number, SHUT_WR);
  char buffer[64];
  ssize_t count = 0;
  while ((count = read(socket_number, buffer, sizeof buffer)) > 0) std::cout.write(buffer, count);
  std::cout << "\n";
  return 0;
}

void Say(const char* what, long result) { std::cout << what << " " << (result < 0 ? errno : 0) << "\n"; }

// Each line: a step and its errno.
int Raw() {
  const std::string folder(attester::kTsmReportFolder);
  const std::string entry = folder + "/e";
  char buffer[4096];
  Say("mkdir", mkdir(entry.c_str(), 0700));
  Say("mkdir-again", mkdir(entry.c_str(), 0700));
  Say("mkdir-nested", mkdir((entry + "/x").c_str(), 0700));
  Say("create", open((entry + "/x").c_str(), O_CREAT | O_WRONLY, 0600));
  Say("open-rdwr", open((entry + "/inblob").c_str(), O_RDWR));
  Say("open-inblob-read", open((entry + "/inblob").c_str(), O_RDONLY));
  Say("open-outblob-write", open((entry + "/outblob").c_str(), O_WRONLY));
  Say("early-read", read(open((entry + "/outblob").c_str(), O_RDONLY), buffer, sizeof buffer));
  int in = open((entry + "/inblob").c_str(), O_WRONLY);
  Say("write-60", write(in, buffer, 60));
  Say("write-over-64", write(in, buffer, 5));
  Say("write-to-64", write(in, buffer, 4));
  Say("close", close(in));
  int out = open((entry + "/outblob").c_str(), O_RDONLY);
  std::cout << "first " << read(out, buffer, 1000) << " second " << read(out, buffer, 1000) << " end "
            << read(out, buffer, 1000) << "\n";
  in = open((entry + "/inblob").c_str(), O_WRONLY);
  Say("write-65", write(in, buffer, 65));
  close(in);
  Say("read-after-refused-write", read(open((entry + "/outblob").c_str(), O_RDONLY), buffer, sizeof buffer));
  const ssize_t count = read(open((entry + "/generation").c_str(), O_RDONLY), buffer, sizeof buffer);
  std::cout << "generation " << std::string(buffer, static_cast<std::size_t>(count)) << std::flush;
  const int level = open((entry + "/privlevel").c_str(), O_WRONLY);
  Say("privlevel-4", write(level, "4", 1));
  Say("rmdir", rmdir(entry.c_str()));
  Say("write-removed", write(level, "1", 1));
  Say("rmdir-again", rmdir(entry.c_str()));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (probe_library_answer() != 42 || argc < 2) return 2;
  const std::string command = argv[1];
  if (command == "report") return Report(argv[2]);
  if (command == "self") return Self();
  if (command == "raw") return Raw();
  if (command == "relay") return RelayTo(argv[2]);
  if (command == "exit") return std::atoi(argv[2]);
  if (command == "abort") std::abort();
  if (command == "sleep") return pause();
  if (command == "write") return open(argv[2], O_WRONLY | O_CREAT, 0600) >= 0 ? 0 : 1;
  for (int i = 2; i < argc; ++i) std::cout << argv[i] << (access(argv[i], F_OK) == 0 ? " yes\n" : " no\n");
  return 0;
}

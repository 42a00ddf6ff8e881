// Launches real guests; needs namespaces and FUSE, and says so when it skips.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <fstream>
#include <thread>

#include "base/file.h"
#include "evidence/snp/json.h"
#include "simulator/processor_folder.h"

namespace cloister::simulator {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

struct Outcome {
  int status;
  std::string out;
};

std::string Quote(const std::string& text) { return "'" + text + "'"; }

Outcome Shell(const std::string& command) {
  std::FILE* pipe = popen(command.c_str(), "r");
  std::string out;
  char buffer[4096];
  while (const std::size_t count = std::fread(buffer, 1, sizeof buffer, pipe)) out.append(buffer, count);
  const int status = pclose(pipe);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), out};
}

class LaunchTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    std::string name = (fs::temp_directory_path() / "cloister-launch-test-XXXXXX").string();
    folder_ = new fs::path(mkdtemp(name.data()));
    std::ofstream(*folder_ / "init-data.toml") << "version = \"0.1.0\"\n";
    const Outcome made = Shell(Program() + " init --rsa-bits 2048 --dir " + (*folder_ / "amd").string());
    ASSERT_EQ(made.status, 0) << made.out;
    EXPECT_THAT(made.out, HasSubstr("SIMULATED"));
  }
  static void TearDownTestSuite() {
    fs::remove_all(*folder_);
    delete folder_;
  }
  void SetUp() override {
    const Outcome outcome = Launch("exit 0 2>&1");
    if (outcome.status == 3) GTEST_SKIP() << "no guest can be launched here: " << outcome.out;
  }

  static std::string Program() { return Quote(SIMULATOR_PROGRAM); }
  static Outcome Launch(const std::string& arguments, const std::string& options = "",
                        const std::string& probe = SIMULATOR_PROBE) {
    return Shell(Program() + " launch --dir " + (*folder_ / "amd").string() + " --init-data " +
                 (*folder_ / "init-data.toml").string() + " " + options + " -- " + Quote(probe) + " " + arguments);
  }
  static std::string MeasurementOf(const std::string& probe, const std::string& arguments) {
    const Outcome outcome = Shell(Program() + " measure -- " + Quote(probe) + " " + arguments);
    return *formats::Json::Parse(outcome.out)->GetString("measurement");
  }
  static fs::path* folder_;
};

fs::path* LaunchTest::folder_ = nullptr;

TEST_F(LaunchTest, ReportVerifiesAndNamesMeasurementAndInitData) {
  std::array<std::uint8_t, 64> nonce;
  nonce.fill(0xAB);
  const std::string arguments = "report " + ToHex(nonce);
  const Outcome outcome = Launch(arguments);
  ASSERT_EQ(outcome.status, 0) << outcome.out;
  const auto processor = *LoadProcessor(*folder_ / "amd");
  const auto simulated = *evidence::SimulatedAnchors::Load(*folder_ / "amd/anchors.json");
  const crypto::Sha256Digest named[] = {processor.ark.Fingerprint()};
  const evidence::SnpExpectations expected{
      .report_data = nonce,
      .host_data = evidence::ExpectedHostData::Exactly(
          crypto::Sha256(*ReadFile(*folder_ / "init-data.toml", 4096))),
      .vmpl = evidence::SnpVmpl::kOnlyZero,
      .chip_id = evidence::SnpChipId::kMustMatchCertificate};
  const auto verified = evidence::VerifySnp(
      *evidence::SnpEvidenceFromJson(*formats::Json::Parse(outcome.out)), {},
      *evidence::TrustAnchors::VendorsAndSimulated(simulated, named), expected, SystemClock().Now());
  ASSERT_TRUE(verified) << verified.error().ToText();
  EXPECT_TRUE(verified->simulated());
  EXPECT_EQ(ToHex(verified->report().measurement), MeasurementOf(SIMULATOR_PROBE, arguments));
  EXPECT_FALSE(verified->report().policy.Debug());
}

TEST_F(LaunchTest, DebugGuestSaysSoInItsPolicy) {
  const Outcome outcome = Launch("report " + std::string(128, '0'), "--debug-guest");
  const auto evidence = evidence::SnpEvidenceFromJson(*formats::Json::Parse(outcome.out));
  EXPECT_TRUE(evidence::ParseSnpReport(evidence->report)->policy.Debug());
}

TEST_F(LaunchTest, AnotherLibraryGivesAnotherMeasurement) {
  const fs::path copy = *folder_ / "copy";
  fs::create_directory(copy);
  const fs::path probe = SIMULATOR_PROBE;
  fs::copy_file(probe, copy / "simulator_probe");
  fs::copy_file(probe.parent_path() / "libsimulator_probe_library.so", copy / "libsimulator_probe_library.so");
  const std::string before = MeasurementOf(copy / "simulator_probe", "exit 0");
  std::ofstream(copy / "libsimulator_probe_library.so", std::ios::app) << '\0';
  EXPECT_NE(MeasurementOf(copy / "simulator_probe", "exit 0"), before);
  EXPECT_EQ(Launch("exit 7", "", copy / "simulator_probe").status, 7);
}

TEST_F(LaunchTest, UnlistedFilesAreNotThere) {
  // Wherever the build lies: the guest has its program's path and nothing beside it.
  const std::string unlisted = (*folder_ / "unlisted").string();
  std::ofstream(unlisted) << "host file";
  const Outcome outcome = Launch("exists " + unlisted + " /etc/passwd /bin/sh /data /out /init-data.toml "
                                 "/dev/null /dev/fuse /dev/kmsg /proc/1 /sys/kernel/config/tsm/report /sys/class");
  EXPECT_EQ(outcome.status, 0);
  for (const char* there : {"/init-data.toml yes", "/dev/null yes", "/proc/1 yes", "/report yes"}) {
    EXPECT_THAT(outcome.out, HasSubstr(there));
  }
  for (const char* gone : {"/etc/passwd no", "/bin/sh no", "/data no", "/out no", "/dev/fuse no", "/dev/kmsg no",
                           "/sys/class no"}) {
    EXPECT_THAT(outcome.out, HasSubstr(gone));
  }
  EXPECT_THAT(outcome.out, HasSubstr(unlisted + " no"));
}

TEST_F(LaunchTest, ExtraFilesAreThereAndMeasured) {
  EXPECT_THAT(Launch("exists /etc/hostname", "--file /etc/hostname").out, HasSubstr("/etc/hostname yes"));
}

TEST_F(LaunchTest, GuestHasNoNetworkNoCapabilitiesNoDumpsAndNotTheProcessorsKey) {
  const Outcome outcome = Launch("self", "--env COLOUR=blue");
  EXPECT_THAT(outcome.out, HasSubstr("CapEff:\t0000000000000000"));
  EXPECT_THAT(outcome.out, HasSubstr("CapPrm:\t0000000000000000"));
  EXPECT_THAT(outcome.out, HasSubstr("CapBnd:\t0000000000000000"));
  EXPECT_THAT(outcome.out, HasSubstr("NoNewPrivs:\t1"));
  EXPECT_THAT(outcome.out, HasSubstr("core 0\n"));
  EXPECT_THAT(outcome.out, HasSubstr("dumpable 0\n"));
  EXPECT_THAT(outcome.out, HasSubstr("init-memory no\n"));
  EXPECT_THAT(outcome.out, HasSubstr("pid 2\n"));
  EXPECT_THAT(outcome.out, HasSubstr("host SIMULATED-guest\n"));
  EXPECT_THAT(outcome.out, HasSubstr("connect no\n"));
  EXPECT_THAT(outcome.out, HasSubstr("environment COLOUR=blue\n"));
  EXPECT_THAT(outcome.out, testing::Not(HasSubstr("address ")));
}

TEST_F(LaunchTest, OnlyOutCanBeWritten) {
  const std::string options = "--data " + folder_->string() + " --out " + folder_->string();
  for (const char* path : {"/new", "/init-data.toml", "/data/new", "/dev/new", "/proc/sys/kernel/core_pattern",
                           "/lib64/ld-linux-x86-64.so.2", "/sys/kernel/config/tsm/new"}) {
    EXPECT_EQ(Launch(std::string("write ") + path, options).status, 1) << path;
  }
  EXPECT_EQ(Launch("write /out/new", options).status, 0);
  EXPECT_TRUE(fs::exists(*folder_ / "new"));
  EXPECT_THAT(Launch("exists /data/init-data.toml", options).out, HasSubstr("yes"));
}

TEST_F(LaunchTest, ReportDeviceFollowsTheRulesOfConfigfs) {
  const Outcome outcome = Launch("raw");
  const std::string expected =
      "mkdir 0\nmkdir-again 17\nmkdir-nested 1\ncreate 13\nopen-rdwr 13\nopen-inblob-read 13\nopen-outblob-write 13\n"
      "early-read 22\nwrite-60 0\nwrite-over-64 27\nwrite-to-64 0\nclose 0\nfirst 1000 second 184 end 0\nwrite-65 27\n"
      "read-after-refused-write 22\ngeneration 2\nprivlevel-4 22\nrmdir 0\nwrite-removed 2\nrmdir-again 2\n";
  EXPECT_EQ(outcome.out, expected);
}

TEST_F(LaunchTest, RelaysCarryBytesToAHostAddress) {
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ASSERT_EQ(bind(listener, reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(listen(listener, 1), 0);
  getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
  std::thread server([listener] {
    pollfd ready{listener, POLLIN, 0};
    if (poll(&ready, 1, 20000) != 1) return;
    const int connection = accept(listener, nullptr, nullptr);
    char buffer[64];
    std::string got = "pong to ";
    ssize_t count = 0;
    while ((count = read(connection, buffer, sizeof buffer)) > 0) got.append(buffer, static_cast<std::size_t>(count));
    (void)!write(connection, got.data(), got.size());
    close(connection);
  });
  const Outcome outcome = Launch("relay echo", "--relay echo=127.0.0.1:" + std::to_string(ntohs(address.sin_port)));
  server.join();
  close(listener);
  EXPECT_EQ(outcome.out, "pong to ping\n");
  EXPECT_EQ(Launch("relay echo").status, 4);
}

TEST_F(LaunchTest, ExitStatusIsPassedOn) {
  EXPECT_EQ(Launch("exit 41").status, 41);
  EXPECT_EQ(Launch("abort").status, 128 + SIGABRT);
}

// Runs a guest that sleeps; gives the simulator's pid once the guest runs.
class SleepingGuest {
 public:
  explicit SleepingGuest(const fs::path& folder) {
    pid = fork();
    if (pid == 0) {
      execl(SIMULATOR_PROGRAM, SIMULATOR_PROGRAM, "launch", "--dir", (folder / "amd").c_str(), "--init-data",
            (folder / "init-data.toml").c_str(), "--", SIMULATOR_PROBE, "sleep", nullptr);
      _exit(127);
    }
    for (int i = 0; i < 200 && program.empty(); ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      const std::string init = Child(std::to_string(pid));
      const std::string candidate = init.empty() ? "" : Child(init);
      std::string name;
      std::getline(std::ifstream("/proc/" + candidate + "/comm") >> std::ws, name);
      if (name == "simulator_probe") program = candidate;
    }
  }
  static std::string Child(const std::string& parent) {
    std::string child;
    std::ifstream("/proc/" + parent + "/task/" + parent + "/children") >> child;
    return child;
  }
  bool ProgramIsGone() const {
    for (int i = 0; i < 100; ++i) {
      if (!fs::exists("/proc/" + program)) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    return false;
  }
  pid_t pid;
  std::string program;
};

TEST_F(LaunchTest, SigtermKillsTheGuest) {
  const SleepingGuest guest(*folder_);
  ASSERT_FALSE(guest.program.empty());
  kill(guest.pid, SIGTERM);
  int status = 0;
  waitpid(guest.pid, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), 128 + SIGTERM);
  EXPECT_TRUE(guest.ProgramIsGone());
}

TEST_F(LaunchTest, TheGuestDiesWithTheSimulator) {
  const SleepingGuest guest(*folder_);
  ASSERT_FALSE(guest.program.empty());
  kill(guest.pid, SIGKILL);
  waitpid(guest.pid, nullptr, 0);
  EXPECT_TRUE(guest.ProgramIsGone());
}

TEST_F(LaunchTest, AnotherUserCannotLookIntoTheGuest) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root, to become another user";
  const SleepingGuest guest(*folder_);
  ASSERT_FALSE(guest.program.empty());
  const pid_t other = fork();
  if (other == 0) {
    if (setgid(65534) != 0 || setuid(65534) != 0) _exit(9);
    const bool memory = std::ifstream("/proc/" + guest.program + "/mem").is_open();
    const bool root = access(("/proc/" + guest.program + "/root/init-data.toml").c_str(), F_OK) == 0;
    const bool traced = ptrace(PTRACE_SEIZE, std::stoi(guest.program), nullptr, nullptr) == 0;
    _exit((memory ? 1 : 0) + (root ? 2 : 0) + (traced ? 4 : 0));
  }
  int status = 0;
  waitpid(other, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), 0);
  kill(guest.pid, SIGTERM);
  waitpid(guest.pid, nullptr, 0);
}

TEST_F(LaunchTest, RefusesWrongCommandLines) {
  for (const char* line : {"launch", "launch --dir x", "measure", "nothing", "init", "init --dir x --tcb 1.2.3",
                           "init --dir x --product Rome", "measure --env A -- /bin/true", "launch --dir x --init-data y"}) {
    EXPECT_EQ(Shell(Program() + " " + line + " 2>/dev/null").status, 2) << line;
  }
  EXPECT_EQ(Shell(Program() + " init --dir " + (*folder_ / "amd").string() + " --rsa-bits 2048 2>&1").status, 3);
  EXPECT_EQ(Launch("exit 0", "--data /nonexistent").status, 3);
}

}  // namespace
}  // namespace cloister::simulator

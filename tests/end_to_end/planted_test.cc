// Rooms killed at random moments, by random signals: what was planted in tables, keys, pipeline and model is found nowhere
// afterwards, neither on disk nor in what any other process holds.
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <random>
#include <thread>

#include "base/file.h"
#include "commands/open_output.h"
#include "planted.h"

namespace cloister::end_to_end {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using testing::IsEmpty;

constexpr int kFewKills = 8;
constexpr int kManyKills = 100;     // with ./run test --all
constexpr int kLongTraining = 800;  // steps, so that many kills hit it
constexpr int kSignals[] = {SIGKILL, SIGKILL, SIGSEGV, SIGABRT, SIGBUS, SIGTERM};

int Kills() {
  const char* all = std::getenv("CLOISTER_TEST_ALL");
  return all != nullptr && std::string_view(all) == "1" ? kManyKills : kFewKills;
}

class PlantedBytes : public testing::Test {
 protected:
  void SetUp() override {
    if (!WhyNoWorld().empty()) GTEST_SKIP() << WhyNoWorld();
    // Whatever may dump core may do so here, so that what turns it off is tested.
    const rlimit unlimited{RLIM_INFINITY, RLIM_INFINITY};
    (void)setrlimit(RLIMIT_CORE, &unlimited);
    begin_ = fs::file_time_type::clock::now();
    test_ = MUST(MakeWorld({.total_runs = 1000, .steps = kLongTraining}));
    planted_ = MUST(PlantedIn(*test_));
  }
  World& world() { return *test_->world; }
  std::map<pid_t, std::string> Owners() {
    std::map<pid_t, std::string> owners;
    for (const std::string& name : world().providers()) owners[world().actor(name).broker->pid()] = name;
    return owners;
  }
  // In the world's folder, the places for temporary files, where a core would fall, and in processes.
  Findings Search(Whose whose) {
    Findings findings = SearchFiles(planted_, test_->folder.path(), fs::file_time_type::min());
    for (const fs::path place : {"/tmp", "/dev/shm", "/run", "/var/crash", "/var/lib/systemd/coredump"}) {
      for (std::string& one : SearchFiles(planted_, place, begin_)) findings.push_back(std::move(one));
    }
    for (const auto& entry : fs::directory_iterator(fs::current_path())) {
      if (entry.path().filename().string().starts_with("core")) findings.push_back("a core dump: " + entry.path().string());
    }
    for (std::string& one : SearchProcesses(planted_, Owners(), whose)) findings.push_back(std::move(one));
    return findings;
  }

  // What the consumer finds in the run's model, if it came out, is searched for from now on.
  Result<void> PlantModelOf(const RoomRun& run) {
    if (!fs::exists(run.out / "proof.json") || !fs::exists(run.out / "model.safetensors.age")) return {};
    const auto anchors = TRY(evidence::SimulatedAnchors::Load(world().config().hardware / "anchors.json"));
    const SecretBytes text = TRY(ReadSecretFile(world().actor("researcher").folder / "age-identity.txt", 4096));
    const auto identity = TRY(sealed::Identity::FromText(AsText(text.ExposeSecret())));
    const auto opened = TRY(commands::OpenOutput(run.out / "model.safetensors.age", run.out / "proof.json", world().contract(), anchors, identity));
    for (Planted& one : PlantedModel(opened.plaintext.ExposeSecret())) planted_.push_back(std::move(one));
    return {};
  }

  fs::file_time_type begin_;
  std::unique_ptr<TestWorld> test_;
  std::vector<Planted> planted_;
};


TEST_F(PlantedBytes, SearchFindsWhatIsThere) {
  EXPECT_THAT(Search(Whose::kOurs), IsEmpty());
  const fs::path file = test_->folder.path() / "careless";
  for (const Planted& one : planted_) {
    MUST(WriteFile(file, AsBytes("before" + one.bytes + "after"), FileMode::kPublic));
    EXPECT_THAT(SearchFiles(planted_, test_->folder.path(), begin_), testing::Contains(one.what + " in " + file.string()));
  }
  fs::remove(file);
  // A process that has a row in its environment, and one that has it in its memory.
  for (const bool in_memory : {false, true}) {
    const pid_t child = fork();
    if (child == 0) {
      if (in_memory) {
        for (;;) pause();  // it has all that we have
      }
      std::string careless = "ROW=" + planted_[0].bytes;
      std::string program = "/bin/sleep", minute = "60";
      char* const environment[] = {careless.data(), nullptr};
      char* const arguments[] = {program.data(), minute.data(), nullptr};
      execve(program.c_str(), arguments, environment);
      _exit(127);
    }
    std::this_thread::sleep_for(milliseconds(100));
    EXPECT_THAT(Search(Whose::kOurs), testing::Contains(testing::HasSubstr(planted_[0].what + " in process " + std::to_string(child))));
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
  }
}

// What another user of the machine gets of the process `room`: 0 nothing, else which of his attempts succeeded.
int AsAnotherUser(pid_t room) {
  const pid_t child = fork();
  if (child == 0) {
    constexpr int kNobody = 65534;
    if (setgid(kNobody) != 0 || setuid(kNobody) != 0) _exit(9);
    if (ptrace(PTRACE_SEIZE, room, nullptr, nullptr) == 0) _exit(1);
    int attempt = 1;
    for (const char* file : {"environ", "maps", "mem"}) {
      ++attempt;
      if (ReadFile("/proc/" + std::to_string(room) + "/" + file, 1u << 20)) _exit(attempt);
    }
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST_F(PlantedBytes, LiveRoomKeepsOtherUsersOut) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root, to become another user";
  int looked = 0;
  world().WatchStates([&](const std::string& state) {
    if (state != "train") return;
    for (const pid_t room : Descendants("cloister-room")) {
      EXPECT_EQ(AsAnotherUser(room), 0) << "1: traced it; 2: read its environment; 3: its map; 4: its memory";
      ++looked;
    }
  });
  const RoomRun run = MUST(world().LaunchRoom(MUST(world().RequestRun()), std::nullopt));
  EXPECT_TRUE(run.Done()) << run.reason;
  EXPECT_GT(looked, 0);
}

TEST_F(PlantedBytes, NothingIsFoundAfterRoomsAreKilledAtRandomMoments) {
  const auto began = std::chrono::steady_clock::now();
  const RoomRun honest = MUST(world().LaunchRoom(MUST(world().RequestRun()), std::nullopt));
  ASSERT_TRUE(honest.Done()) << honest.reason;
  MUST(PlantModelOf(honest));
  const auto whole = std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - began);
  const auto seed = std::random_device{}();
  std::mt19937 random(seed);
  std::cout << "             an honest run takes " << whole.count() << " ms; seed " << seed << "\n";
  std::map<std::string, int> killed_in;
  // A run that ended before its kill is searched for too, and not counted.
  for (int killed = 0, tries = 1; killed < Kills(); ++tries) {
    ASSERT_LE(tries, 10 * Kills()) << "rooms end before they can be killed";
    const milliseconds delay(std::uniform_int_distribution<long>(0, whole.count())(random));
    const int signal = kSignals[std::uniform_int_distribution<std::size_t>(0, std::size(kSignals) - 1)(random)];
    SCOPED_TRACE("signal " + std::to_string(signal) + " after " + std::to_string(delay.count()) + " ms");
    const RoomInputs inputs = MUST(world().RequestRun());
    std::thread killer([&] {
      std::this_thread::sleep_for(delay);
      for (const pid_t room : Descendants("cloister-room")) kill(room, signal);
    });
    const auto ran = world().LaunchRoom(inputs, std::nullopt);
    killer.join();
    const RoomRun run = MUST(Result<RoomRun>(ran));
    killed += !run.Done();
    ++killed_in[run.Done() ? "(it had ended)" : run.states.empty() ? "(before its first state)" : run.states.back()];
    MUST(PlantModelOf(run));
    const Findings findings = Search(Whose::kOurs);
    EXPECT_THAT(findings, IsEmpty());
    if (!findings.empty()) break;
  }
  for (const auto& [state, count] : killed_in) std::cout << "             killed in " << state << ": " << count << "\n";
  EXPECT_THAT(Search(Whose::kAll), IsEmpty());
  // Once, everything that anybody wrote to any disk of this machine; builds of other programs have nothing of ours.
  EXPECT_THAT(SearchFiles(planted_, "/", begin_, {"proc", "sys", "build", ".git", ".cache", "node_modules"}), IsEmpty());
}

}  // namespace
}  // namespace cloister::end_to_end

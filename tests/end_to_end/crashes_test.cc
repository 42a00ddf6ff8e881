// Rooms, brokers and the ledger killed (SIGKILL) in the middle of their work: nothing is left in the clear, and nothing that
// was acknowledged is lost.
#include <csignal>
#include <thread>

#include "base/file.h"
#include "contract/account_entry.h"
#include "ledger/client.h"
#include "room/state.h"
#include "planted.h"

namespace cloister::end_to_end {
namespace {

namespace fs = std::filesystem;
using room::State;
using testing::Each;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int kSlower = 8;
#else
constexpr int kSlower = 1;
#endif
constexpr Seconds kLifetime{15 * kSlower};  // of run requests whose rooms are killed
constexpr Seconds kPatience{40 * kSlower};
constexpr int kLongTraining = 1000;  // steps, so that a kill in the training hits it

class Crash : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (!WhyNoWorld().empty()) return;
    begin_ = fs::file_time_type::clock::now();
    shared_ = MUST(MakeWorld({.total_runs = 100, .steps = kLongTraining})).release();
    planted_ = MUST(PlantedIn(*shared_));
    planted_.push_back({"model in the clear", "\"dtype\":\"F32\"", ""});
  }
  static void TearDownTestSuite() { delete std::exchange(shared_, nullptr); }
  void SetUp() override {
    if (!WhyNoWorld().empty()) GTEST_SKIP() << WhyNoWorld();
    ASSERT_NE(shared_, nullptr);
  }
  void TearDown() override {
    if (shared_ != nullptr) world().WatchStates(nullptr);
  }
  World& world() { return *shared_->world; }
  // The world's folder, whole, and what anybody wrote to places for temporary files since the tests began.
  Findings FilesInTheClear() {
    Findings found = SearchFiles(planted_, shared_->folder.path(), fs::file_time_type::min());
    for (const fs::path place : {"/tmp", "/var/tmp", "/dev/shm"}) {
      for (std::string& one : SearchFiles(planted_, place, begin_)) found.push_back(std::move(one));
    }
    return found;
  }
  void StopBroker(const std::string& name, int signal) {
    world().actor(name).broker->Kill(signal);
    ASSERT_TRUE(world().actor(name).broker->Wait(std::chrono::seconds(10)));
  }
  // That a whole job still succeeds.
  void ExpectARunSucceeds() {
    const RoomRun run = MUST(world().LaunchRoom(MUST(world().RequestRun()), std::nullopt));
    EXPECT_TRUE(run.Done()) << run.reason;
  }

  static TestWorld* shared_;
  static std::vector<Planted> planted_;
  static fs::file_time_type begin_;
};

TestWorld* Crash::shared_ = nullptr;
std::vector<Planted> Crash::planted_;
fs::file_time_type Crash::begin_;

struct Killed {
  State state;
  RoomInputs inputs;
};

// What must be true of a killed room's reservations when their deadline is past.
void ExpectRightlyCharged(State killed_in, const std::vector<RunOnAccount>& runs, double epsilon) {
  if (killed_in < State::kReserve) {
    EXPECT_THAT(runs, IsEmpty());
  }
  if (killed_in >= State::kRelease) {
    EXPECT_EQ(runs.size(), 4u);
  }
  for (const RunOnAccount& one : runs) {
    if (killed_in <= State::kReserve) {
      EXPECT_EQ(one.stage, "lapsed") << one.broker;
    }
    if (killed_in > State::kRelease) {
      EXPECT_THAT(one.stage, testing::AnyOf("released", "settled")) << one.broker;
    }
    if (killed_in > State::kRecord) {
      EXPECT_EQ(one.stage, "settled") << one.broker;
    }
    if (one.stage == "lapsed" || !one.metered) {
      EXPECT_EQ(one.charged, 0) << one.broker;
    }
    if (one.stage == "released" && one.metered) {
      EXPECT_EQ(one.charged, epsilon) << one.broker;
    }
    if (one.stage == "settled" && one.metered) {
      EXPECT_GT(one.charged, 0) << one.broker;
    }
  }
}

TEST_F(Crash, RoomKilledInAnyStateLeavesNoPlaintextAndOnlyReleasedReservationsSpent) {
  std::vector<Killed> killed;
  for (const State state : room::kStates) {
    const std::string name(room::StateName(state));
    SCOPED_TRACE("killed in state " + name);
    const RoomInputs inputs = MUST(world().RequestRun(kLifetime));
    const RoomRun run = MUST(world().LaunchRoom(inputs, name));
    EXPECT_EQ(run.exit_code, 128 + SIGKILL) << run.reason;
    ASSERT_THAT(run.states, testing::Not(IsEmpty()));
    EXPECT_THAT(FilesInTheClear(), IsEmpty());
    if (state < State::kHandOver) {
      EXPECT_THAT(Released(run), IsEmpty());
    }
    killed.push_back({state, inputs});
  }
  for (const Killed& one : killed) {
    SCOPED_TRACE("killed in state " + std::string(room::StateName(one.state)));
    const auto runs = MUST(WaitForLapse(world(), one.inputs.run, kPatience));
    ExpectRightlyCharged(one.state, runs, world().scenario().epsilon);
    std::string stages;
    for (const RunOnAccount& on : runs) stages += " " + on.broker + "=" + on.stage;
    std::cout << "             killed in " << room::StateName(one.state) << ":" << (stages.empty() ? " nothing reserved" : stages) << "\n";
  }
}

TEST_F(Crash, RunRequestOfAKilledRoomIsNotUsedAgain) {
  for (const std::string state : {"release", "train"}) {
    const RoomInputs inputs = MUST(world().RequestRun());
    EXPECT_EQ(MUST(world().LaunchRoom(inputs, state)).exit_code, 128 + SIGKILL) << state;
    ExpectRefused(MUST(world().LaunchRoom(MUST(OnceMore(inputs, "again")), std::nullopt)), "verify", "room",
                  "run request: expected one that was never used");
  }
}

// What the ledger says of the world: the head of its log, and of every provider's account.
struct LedgerState {
  translog::TreeHead head;
  std::vector<contract::FreshAnswer::AccountHead> accounts;
};

Result<LedgerState> AskLedger(World& world) {
  const auto trust = TRY(ledger::LedgerTrust::FromTerms(world.contract().ledger));
  contract::FreshRequest request{};
  crypto::SystemRandom().Fill(request.nonce);
  for (const contract::Dataset& dataset : world.contract().datasets) request.accounts.push_back({dataset.provider, dataset.account});
  const Bytes cose = TRY(world.ledger().Fresh(request));
  const auto answer = TRY(ledger::VerifyFreshAnswerByNonceOnly(cose, trust, request, {}));
  return LedgerState{answer.checkpoint().head(), answer.answer().accounts};
}

Result<std::map<std::string, std::string>> BudgetReports(World& world) {
  std::map<std::string, std::string> reports;
  for (const std::string& name : world.providers()) reports[name] = TRY(world.BudgetReport(name)).Dump();
  return reports;
}

TEST_F(Crash, LedgerAndBrokersThatAreKilledKeepWhatTheyAcknowledged) {
  ExpectARunSucceeds();
  const LedgerState ledger_before = MUST(AskLedger(world()));
  const auto budgets_before = MUST(BudgetReports(world()));
  world().ledger_process().Kill(SIGKILL);
  for (const std::string& name : world().providers()) StopBroker(name, SIGKILL);
  MUST(world().StartLedger());
  for (const std::string& name : world().providers()) MUST(world().StartBroker(world().actor(name)));
  const LedgerState ledger_after = MUST(AskLedger(world()));
  EXPECT_EQ(ledger_after.head.size, ledger_before.head.size);
  EXPECT_EQ(ledger_after.head.root, ledger_before.head.root);
  EXPECT_EQ(ledger_after.accounts, ledger_before.accounts);
  EXPECT_EQ(MUST(BudgetReports(world())), budgets_before);
  ExpectARunSucceeds();
}

// Whatever the broker was doing, afterwards it and the ledger say the same of its account.
TEST_F(Crash, BrokerThatIsKilledInTheMiddleOfARunAgreesWithTheLedgerAfterwards) {
  const std::string victim = "hospital-b";
  for (const std::string state : {"attest", "reserve", "release", "open", "record"}) {
    SCOPED_TRACE("killed while the room is in state " + state);
    world().WatchStates([&](const std::string& entered) {
      if (entered == state) world().actor(victim).broker->Kill(SIGKILL);
    });
    const RoomInputs inputs = MUST(world().RequestRun(kLifetime));
    const RoomRun run = MUST(world().LaunchRoom(inputs, std::nullopt));
    world().WatchStates(nullptr);
    EXPECT_FALSE(run.Done());
    EXPECT_THAT(Released(run), IsEmpty());
    EXPECT_THAT(run.reason, HasSubstr("broker of did:web:hospital-b.example: "));
    std::cout << "             " << run.reason << "\n";
    // Its start puts on the ledger what was under way, and compares heads; else it would not start.
    MUST(world().StartBroker(world().actor(victim)));
  }
  ExpectARunSucceeds();
}

// Brokers keep what they could not put on the ledger, and put it there when the ledger is back.
TEST_F(Crash, LedgerThatIsKilledInTheMiddleOfARunAgreesWithTheBrokersAfterwards) {
  for (const std::string state : {"reserve", "release", "record"}) {
    SCOPED_TRACE("killed while the room is in state " + state);
    world().WatchStates([&](const std::string& entered) {
      if (entered == state) world().ledger_process().Kill(SIGKILL);
    });
    const RoomRun run = MUST(world().LaunchRoom(MUST(world().RequestRun(kLifetime)), std::nullopt));
    world().WatchStates(nullptr);
    EXPECT_FALSE(run.Done());
    EXPECT_THAT(Released(run), IsEmpty());
    std::cout << "             " << run.reason << "\n";
    MUST(world().StartLedger());
    // The ledger answers at another port now. A broker that disagrees with it does not start.
    for (const std::string& name : world().providers()) MUST(world().StartBroker(world().actor(name)));
  }
  ExpectARunSucceeds();
}

fs::path StoreFolder(World& world, const std::string& name) { return world.actor(name).folder / "broker"; }

// Moves the files of a broker's store from one folder to another.
void CopyStore(const fs::path& from, const fs::path& to) {
  fs::create_directories(to);
  for (const char* file : {"store.sqlite", "store.sqlite-wal", "store.sqlite-shm"}) {
    fs::remove(to / file);
    if (fs::exists(from / file)) fs::copy_file(from / file, to / file);
  }
}

TEST_F(Crash, BrokerWithAnOlderCopyOfItsStoreReservesNothing) {
  const std::string name = "hospital-a";
  const fs::path store = StoreFolder(world(), name);
  const fs::path older = shared_->folder.path() / "older";
  const fs::path newest = shared_->folder.path() / "newest";
  StopBroker(name, SIGTERM);
  CopyStore(store, older);
  MUST(world().StartBroker(world().actor(name)));
  ExpectARunSucceeds();
  StopBroker(name, SIGTERM);
  CopyStore(store, newest);
  CopyStore(older, store);
  const auto started = world().StartBroker(world().actor(name));
  ASSERT_FALSE(started);
  EXPECT_THAT(started.error().message(), HasSubstr("older copy"));
  std::cout << "             refused by: broker's start | " << started.error().ToText() << "\n";

  // A ledger that is silent at the start does not help.
  world().ledger_process().Kill(SIGSTOP);
  const auto without_ledger = world().StartBroker(world().actor(name));
  world().ledger_process().Kill(SIGCONT);
  MUST(Result<void>(without_ledger));
  ExpectRefused(MUST(world().LaunchRoom(MUST(world().RequestRun()), std::nullopt)), "reserve",
                "broker of did:web:hospital-a.example", "older copy");
  const auto shown = Charges(world());
  ASSERT_FALSE(shown) << "an older copy shows what its accounts stood at then";
  EXPECT_THAT(shown.error().message(), HasSubstr("older copy"));

  // With the newest copy back everything goes on.
  StopBroker(name, SIGTERM);
  CopyStore(newest, store);
  MUST(world().StartBroker(world().actor(name)));
  ExpectARunSucceeds();
}

}  // namespace
}  // namespace cloister::end_to_end

// Every attack of `cloister demo`: whole runs with one thing changed, which the right component refuses for the right
// reason.
#include <cctype>

#include "demo/attack.h"
#include "demo/false_room.h"
#include "worlds.h"

namespace cloister::end_to_end {
namespace {

using demo::Attack;
using demo::Stage;
using testing::Each;
using testing::Field;

constexpr Seconds kShort{8};  // lifetime of a run request whose reservations should lapse soon
constexpr Seconds kPatience{30};

// One stage for all that are played in this process.
class Attacks : public testing::TestWithParam<const Attack*> {
 protected:
  static void SetUpTestSuite() {
    if (!WhyNoWorld().empty()) return;
    folder_ = std::make_unique<commands::TemporaryFolder>(MUST(commands::TemporaryFolder::Make()));
    stage_ = std::make_unique<Stage>(StageIn(folder_->path()));
  }
  static void TearDownTestSuite() {
    stage_.reset();
    folder_.reset();
  }
  void SetUp() override {
    if (!WhyNoWorld().empty()) GTEST_SKIP() << WhyNoWorld();
    ASSERT_NE(stage_, nullptr);
  }

  static std::unique_ptr<commands::TemporaryFolder> folder_;
  static std::unique_ptr<Stage> stage_;
};

std::unique_ptr<commands::TemporaryFolder> Attacks::folder_;
std::unique_ptr<Stage> Attacks::stage_;

TEST_P(Attacks, AreRefused) {
  const demo::AttackOutcome outcome = demo::PlayAttack(*GetParam(), *stage_);
  std::cout << "             " << outcome.what << "\n             refused by: " << outcome.refused_by << " | "
            << outcome.reason << "\n";
  EXPECT_TRUE(outcome.ok) << outcome.problem;
}

std::vector<const Attack*> All() {
  std::vector<const Attack*> all;
  for (const Attack& attack : demo::AllAttacks()) all.push_back(&attack);
  return all;
}

// "flipped-ciphertext" as a test may be called: "FlippedCiphertext".
std::string TestName(const testing::TestParamInfo<const Attack*>& info) {
  std::string name;
  bool begins = true;
  for (const char c : info.param->name) {
    if (c != '-') name += begins ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c;
    begins = c == '-';
  }
  return name;
}

INSTANTIATE_TEST_SUITE_P(Each, Attacks, testing::ValuesIn(All()), TestName);

// The false room says what an honest one would, so what is refused in the attacks is the one thing that each of them
// changes.
TEST(AttacksControl, BrokersTakeTheFalseRoomWhereItChangesNothing) {
  if (!WhyNoWorld().empty()) GTEST_SKIP() << WhyNoWorld();
  const auto made = MUST(MakeWorld({}));
  demo::FalseRoom room(*made->world, MUST(made->world->RequestRun()));
  for (const char* actor : {"hospital-a", "researcher"}) MUST(demo::AttestAndReserve(room, actor));
}

TEST(AttacksControl, ReservationsAreGivenBackWhereAnotherBrokerRefuses) {
  if (!WhyNoWorld().empty()) GTEST_SKIP() << WhyNoWorld();
  const auto made = MUST(MakeWorld({}));
  World& world = *made->world;
  MUST(demo::RevokeAtBroker(world, "hospital-c"));
  const RoomRun run = MUST(world.LaunchRoom(MUST(world.RequestRun(kShort)), std::nullopt));
  ExpectRefused(run, "reserve", "broker of " + world.actor("hospital-c").card.did, "revoked: ");
  const auto reserved = MUST(RunOnAccounts(world, run.run));
  EXPECT_EQ(reserved.size(), 2u);
  EXPECT_THAT(reserved, Each(Field(&RunOnAccount::stage, "lapsed")));
  EXPECT_THAT(MUST(Charges(world)), Each(Field(&std::pair<const std::string, double>::second, 0.0)));
}

}  // namespace
}  // namespace cloister::end_to_end

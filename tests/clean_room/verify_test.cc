// Each refusal of VerifyAgainstLedger (before anything is attested), of CheckReserved (before any key is asked for) and of
// CheckStillActive (before anything leaves).
#include <gmock/gmock.h>

#include "base/file.h"
#include "room_world.h"

namespace cloister::clean_room {
namespace {

using testing::HasSubstr;

// Refused in state verify with these words: no broker heard of the run.
void ExpectRefused(RoomWorld& world, const std::string& why) {
  EXPECT_THAT(world.RunRefused(), HasSubstr("state verify: "));
  EXPECT_EQ(world.states.back(), State::kVerify);
  EXPECT_THAT(world.RunRefused(), HasSubstr(why));
}

// The room trained, and at the gate it says no more than that it failed; nothing came out.
void ExpectHeldAtTheGate(RoomWorld& world) {
  EXPECT_THAT(world.RunRefused(), HasSubstr("failed after data was opened; nothing more is said"));
  EXPECT_EQ(world.states.back(), State::kGate);
  EXPECT_EQ(world.Released(), 0u);
}

void Revoke(RoomWorld& world) {
  const contract::Revocation revocation{world.contract.id, world.contract.digest(), Sample::kBureau, "patients objected", world.clock.Now()};
  ASSERT_TRUE(world.the_ledger->Register(*contract::SignDocument(revocation, TestKey(2), Sample::kBureau, world.clock.Now())));
}

TEST(Verify, RefusesWhereTheLedgerDoesNotAnswer) {
  RoomWorld world;
  world.Agree();
  world.client->down = true;
  ExpectRefused(world, "ledger: the ledger does not answer");
}

TEST(Verify, RefusesAReceiptOfAnotherStatement) {
  RoomWorld world;
  world.Agree();
  const auto receipts = world.data / "receipts";
  std::filesystem::copy_file(receipts / room::PartyFileName(Sample::kBank), receipts / room::PartyFileName(Sample::kOperator),
                             std::filesystem::copy_options::overwrite_existing);
  ExpectRefused(world, "receipt of the signature of did:web:cloud.example");
}

TEST(Verify, RefusesAnAnswerToAnEarlierQuestion) {
  RoomWorld world;
  world.Agree();
  std::optional<Bytes> recorded;
  world.ledger->fresh = [&](const contract::FreshRequest& request) -> Result<Bytes> {
    if (!recorded) recorded = *world.the_ledger->Fresh(request);
    return *recorded;
  };
  EXPECT_THAT(world.RunRefused(), testing::Not(HasSubstr("state verify")));  // the first was fresh
  ExpectRefused(world, "ledger: ");
}

TEST(Verify, RefusesAnAnswerWithAFlippedByte) {
  RoomWorld world;
  world.Agree();
  world.ledger->fresh = [&](const contract::FreshRequest& request) -> Result<Bytes> {
    Bytes answer = *world.the_ledger->Fresh(request);
    answer.back() ^= 1;
    return answer;
  };
  ExpectRefused(world, "untrusted: ");
}

// A ledger with the same keys that holds another history: its head does not extend the receipts'.
TEST(Verify, RefusesALedgerThatForked) {
  RoomWorld world;
  world.Agree();
  RoomWorld other;
  other.Agree();
  world.ledger->fresh = [&](const contract::FreshRequest& request) { return other.the_ledger->Fresh(request); };
  EXPECT_THAT(world.RunRefused(), HasSubstr("state verify: ledger: "));
}

TEST(Verify, RefusesAContractThatIsRevoked) {
  RoomWorld world;
  world.Agree();
  Revoke(world);
  ExpectRefused(world, "revoked: ");
}

TEST(Verify, RefusesAContractBeforeItsStartAndAfterItsExpiry) {
  RoomWorld early;
  early.contract.start = early.clock.Now() + Seconds(600);
  ExpectRefused(early, "not-yet");
  RoomWorld late;
  late.Agree();
  late.clock.Set(late.contract.expiry);
  ExpectRefused(late, "expired: ");
}

TEST(Verify, RefusesARunRequestThatWasUsed) {
  RoomWorld world;
  ASSERT_TRUE(world.Run());
  ExpectRefused(world, "run request: expected one that was never used");
}

TEST(Verify, RefusesARunRequestOutsideItsTime) {
  RoomWorld world;
  world.Agree();
  world.clock.Set(world.request.deadline);
  ExpectRefused(world, "run request: ");
  world.clock.Set(world.request.not_before - Seconds(1));
  ExpectRefused(world, "run request: ");
}

TEST(Verify, RefusesACertificationThatHasEnded) {
  RoomWorld world;
  world.Agree();
  const contract::Certification document{Sample::kCertifier, {world.guest.measurement}, {"dp-sgd/1"}, {},
                                         world.clock.Now() - Seconds(20), world.clock.Now() - Seconds(10)};
  world.certification = *contract::SignDocument(document, TestKey(Sample::kCertifierKey), Sample::kCertifier, world.clock.Now());
  ExpectRefused(world, "certification: ");
}

// A hostile ledger that shows the room a history without what the brokers wrote: found out before any key is asked for.
TEST(Reserved, RefusesALedgerWithoutTheBrokersReservations) {
  RoomWorld world;
  world.Agree();
  world.ledger->fresh = [&](const contract::FreshRequest& request) -> Result<Bytes> {
    const Bytes honest = *world.the_ledger->Fresh(request);
    auto answer = *contract::FreshAnswer::FromJson(contract::StatementFromUnverified(honest)->payload);
    for (auto& account : answer.accounts) {
      account.sequence = 0;
      account.head = {};
    }
    return contract::SignDocument(answer, TestKey(Sample::kLedgerKey), answer.origin, world.clock.Now());
  };
  EXPECT_THAT(world.RunRefused(), HasSubstr("state release: ledger: expected the reservation"));
  EXPECT_EQ(world.Charged(0), 0);
  EXPECT_EQ(world.Charged(1), 0);
}

TEST(StillActive, HoldsWhatWasRevokedWhileTheRoomWorked) {
  RoomWorld world;
  world.on_state = [&](State state) {
    if (state == State::kTrain) Revoke(world);
  };
  ExpectHeldAtTheGate(world);
}

TEST(StillActive, HoldsWhereTheContractEndedMeanwhile) {
  RoomWorld world;
  world.on_state = [&](State state) {
    if (state == State::kTrain) world.clock.Set(world.contract.expiry);
  };
  ExpectHeldAtTheGate(world);
}

TEST(StillActive, HoldsWhereTheLedgerIsSilent) {
  RoomWorld world;
  world.on_state = [&](State state) { world.client->down = state == State::kGate; };
  ExpectHeldAtTheGate(world);
}

TEST(StillActive, HoldsWhereTheLedgerGivesItsFormerAnswer) {
  RoomWorld world;
  world.Agree();
  std::optional<Bytes> recorded;
  world.ledger->fresh = [&](const contract::FreshRequest& request) -> Result<Bytes> {
    if (world.states.back() != State::kGate) recorded = *world.the_ledger->Fresh(request);
    return *recorded;
  };
  ExpectHeldAtTheGate(world);
}

}  // namespace
}  // namespace cloister::clean_room

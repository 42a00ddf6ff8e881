#include "demo/audit_story.h"

#include <gmock/gmock.h>

namespace cloister::demo {
namespace {

using contract::AccountEvent;
using formats::Json;
using testing::HasSubstr;

constexpr const char* kRun = "run-1";

// One broker, one dataset, one honest run: everybody tells the same.
struct Fixture {
  AuditStory story;

  Fixture() {
    story.brokers = {{"hospital-a", "did:web:hospital-a.example", {}}};
    for (const char* event : {"run.reserved", "run.released", "run.settled"}) BrokerSays(event);
    story.accounts.emplace();
    for (const AccountEvent event : {AccountEvent::kReserve, AccountEvent::kRelease, AccountEvent::kSettle})
      LedgerSays(event);
    story.rooms.push_back({.run = kRun,
                           .states = {"reserve", "release", "open", "scrub"},
                           .done = true,
                           .killed = false,
                           .came_out = true,
                           .log = std::vector<audit::AuditEntry>()});
    for (const char* event : {"room.reserve", "room.reserved", "room.release", "room.open", "room.scrub", "room.done"})
      RoomSays(event);
    story.allowed.runs = 1;
  }

  static audit::AuditEntry Entry(const std::string& event, Json fields) {
    audit::AuditEntry entry;
    entry.event = event;
    entry.fields = std::move(fields);
    return entry;
  }
  void BrokerSays(const std::string& event) {
    story.brokers[0].log.push_back(Entry(event, Json::Object{{"run", kRun}, {"dataset", "d"}, {"account", "patients"}}));
  }
  void LedgerSays(AccountEvent event) {
    story.accounts->push_back({"did:web:hospital-a.example", "account", 1, {}, event, kRun, {}, "d", 0, 0, {}, {}});
  }
  void RoomSays(const std::string& event) {
    story.rooms[0].log->push_back(Entry(event, Json::Object{{"dataset", "d"}}));
  }

  // As if the room had been refused in its state `state`, before anything else.
  void RefusedIn(const std::string& state) {
    story.brokers[0].log.clear();
    story.accounts->clear();
    story.rooms[0] = {.run = kRun,
                      .states = {state},
                      .done = false,
                      .killed = false,
                      .came_out = false,
                      .log = std::vector<audit::AuditEntry>()};
    RoomSays("room." + state);
    RoomSays("room.failed");
    story.allowed = {};
  }
};

TEST(AuditStory, AgreesOnAnHonestRun) { EXPECT_EQ(FindContradiction(Fixture().story), ""); }

TEST(AuditStory, AgreesOnARunThatABrokerRefused) {
  Fixture f;
  f.RefusedIn("reserve");
  f.story.brokers[0].log.push_back(
      Fixture::Entry("reserve.refused", Json::Object{{"run", kRun}, {"why", "the budget does not cover it"}}));
  f.story.refusal =
      Refusal{"broker of hospital-a", "state reserve: broker of x: exhausted: the budget does not cover it"};
  EXPECT_EQ(FindContradiction(f.story), "");
}

TEST(AuditStory, MissesARefusalThatItsBrokerDoesNotTell) {
  Fixture f;
  f.RefusedIn("reserve");
  f.story.refusal =
      Refusal{"broker of hospital-a", "state reserve: broker of x: exhausted: the budget does not cover it"};
  EXPECT_THAT(FindContradiction(f.story), HasSubstr("tells no refusal"));
  f.story.brokers[0].log.push_back(Fixture::Entry("reserve.refused", Json::Object{{"why", "another reason"}}));
  EXPECT_THAT(FindContradiction(f.story), HasSubstr("tells no refusal"));
  f.story.brokers[0].log.push_back(Fixture::Entry("reserve.refused", Json::Object{{"why", ""}}));
  EXPECT_THAT(FindContradiction(f.story), HasSubstr("tells no refusal"));
}

TEST(AuditStory, MissesARefusalThatTheLedgerDoesNotTell) {
  Fixture f;
  f.RefusedIn("verify");
  f.story.refusal = Refusal{"ledger", "ledger refuses: the account is ahead"};
  EXPECT_THAT(FindContradiction(f.story), HasSubstr("tells no refusal"));
  f.story.ledger.push_back(Fixture::Entry("registration.refused", Json::Object{{"why", "the account is ahead"}}));
  EXPECT_EQ(FindContradiction(f.story), "");
}

TEST(AuditStory, FindsADeedThatOnlyTheBrokerTells) {
  Fixture f;
  f.story.accounts->pop_back();
  EXPECT_THAT(FindContradiction(f.story), HasSubstr("settle of dataset d for run run-1, the ledger does not"));
}

TEST(AuditStory, FindsADeedThatOnlyTheLedgerTells) {
  Fixture f;
  f.story.brokers[0].log.pop_back();
  EXPECT_THAT(FindContradiction(f.story), HasSubstr("whose log does not"));
}

TEST(AuditStory, TakesALapseFromTheLedgerAlone) {
  Fixture f;
  f.LedgerSays(AccountEvent::kLapse);
  EXPECT_EQ(FindContradiction(f.story), "");
}

TEST(AuditStory, FindsAReleaseWithoutAReservation) {
  Fixture f;
  f.story.brokers[0].log.erase(f.story.brokers[0].log.begin());
  f.story.accounts->erase(f.story.accounts->begin());
  EXPECT_THAT(FindContradiction(f.story), HasSubstr("without what comes before it"));
}

TEST(AuditStory, FindsKeysThatNoRoomAskedFor) {
  Fixture f;
  f.story.rooms[0].states = {"reserve"};
  EXPECT_THAT(FindContradiction(f.story), HasSubstr("of which no room came to its state release"));
  f.story.rooms.clear();
  EXPECT_THAT(FindContradiction(f.story), HasSubstr("of which no room came to its state release"));
}

TEST(AuditStory, AsksForNoStatesOfAFalseRoom) {
  Fixture f;
  f.story.rooms.clear();
  f.story.false_rooms = {kRun};
  EXPECT_EQ(FindContradiction(f.story), "");
}

TEST(AuditStory, DoesNotMissWhatWasLostWithAFolderThatWasPutBack) {
  Fixture f;
  f.story.rooms[0].log->insert(f.story.rooms[0].log->begin(), Fixture::Entry("room.reserved", Json::Object{{"dataset", "other"}}));
  f.story.refusal = Refusal{"broker of hospital-a", "stale: the store is an older copy"};
  EXPECT_NE(FindContradiction(f.story), "");
  f.story.put_back = {"hospital-a"};
  EXPECT_EQ(FindContradiction(f.story), "");
}

TEST(AuditStory, FindsDataThatWasOpenedWithoutARelease) {
  Fixture f;
  f.story.brokers.push_back({"hospital-b", "did:web:hospital-b.example", {}});
  EXPECT_THAT(FindContradiction(f.story), HasSubstr("the log of hospital-b tells no release"));
}

TEST(AuditStory, FindsARoomThatTellsOtherStatesThanTheOperatorSaw) {
  Fixture f;
  f.story.rooms[0].states.erase(f.story.rooms[0].states.begin());
  EXPECT_THAT(FindContradiction(f.story), HasSubstr("other states than the operator saw"));
}

TEST(AuditStory, TakesAStateThatAKilledRoomHadNoTimeToSay) {
  Fixture f;
  f.RefusedIn("reserve");
  f.story.rooms[0].killed = true;
  f.story.rooms[0].log->pop_back();
  EXPECT_EQ(FindContradiction(f.story), "");
  f.story.rooms[0].states.clear();
  EXPECT_EQ(FindContradiction(f.story), "");
  f.story.rooms[0].states = {"reserve", "release"};
  EXPECT_THAT(FindContradiction(f.story), HasSubstr("other states"));
}

TEST(AuditStory, FindsARoomThatDoesNotTellHowItEnded) {
  Fixture f;
  f.story.rooms[0].log->pop_back();
  EXPECT_THAT(FindContradiction(f.story), HasSubstr("does not tell that it ended well"));
  f.RefusedIn("reserve");
  f.story.rooms[0].log->pop_back();
  EXPECT_THAT(FindContradiction(f.story), HasSubstr("does not tell that it failed"));
}

TEST(AuditStory, FindsAReservationThatOnlyTheRoomTells) {
  Fixture f;
  f.story.rooms[0].log->insert(f.story.rooms[0].log->begin(),
                               Fixture::Entry("room.reserved", Json::Object{{"dataset", "other"}}));
  EXPECT_THAT(FindContradiction(f.story), HasSubstr("no broker's does"));
}

TEST(AuditStory, FindsMoreThanIsAllowed) {
  Fixture f;
  f.story.allowed = {.runs = 0, .keys = 1};
  EXPECT_THAT(FindContradiction(f.story), HasSubstr("expected 0 runs to come out"));
  f.story.rooms[0].came_out = false;
  EXPECT_EQ(FindContradiction(f.story), "");
  f.story.allowed = {.reservations = 1};
  EXPECT_THAT(FindContradiction(f.story), HasSubstr("expected 0 runs whose keys were released"));
  f.story.allowed = {};
  EXPECT_NE(FindContradiction(f.story), "");
}

TEST(AuditStory, CountsNoReservationThatWasGivenBackAtOnceAndNoKeyOfAPipeline) {
  Fixture f;
  f.RefusedIn("release");
  f.BrokerSays("run.reserved");
  f.LedgerSays(AccountEvent::kReserve);
  EXPECT_THAT(FindContradiction(f.story), HasSubstr("expected 0 runs to be reserved for"));
  f.LedgerSays(AccountEvent::kLapse);
  EXPECT_EQ(FindContradiction(f.story), "");
  f.story.accounts->pop_back();
  f.BrokerSays("run.given-back");
  f.LedgerSays(AccountEvent::kLapse);
  EXPECT_EQ(FindContradiction(f.story), "");
  f.story.brokers.push_back({"researcher", "did:web:researcher.example", {}});
  for (const char* event : {"run.reserved", "run.released"}) {
    f.story.brokers[1].log.push_back(Fixture::Entry(
        event, Json::Object{{"run", kRun}, {"dataset", "p"}, {"account", contract::UnmeteredAccount("p")}}));
  }
  f.story.accounts.reset();
  EXPECT_EQ(FindContradiction(f.story), "");
}

TEST(AuditStory, FindsWhatCameOutUnsettled) {
  Fixture f;
  f.story.brokers[0].log.pop_back();
  f.story.accounts->pop_back();
  EXPECT_THAT(FindContradiction(f.story), HasSubstr("tells no settlement"));
}

}  // namespace
}  // namespace cloister::demo

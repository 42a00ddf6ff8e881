// The room's own states: what it refuses, what it says then, and who is charged.
#include <gmock/gmock.h>

#include "base/file.h"
#include "room_world.h"

namespace cloister::clean_room {
namespace {

using testing::HasSubstr;

// The room refused in `state` with these words, and nothing came out.
void ExpectRefused(RoomWorld& world, State state, const std::string& why) {
  EXPECT_THAT(world.RunRefused(), HasSubstr(why));
  EXPECT_EQ(world.states.back(), state) << room::StateName(world.states.back());
  EXPECT_EQ(world.Released(), 0u);
}

void ExpectNobodyCharged(RoomWorld& world) {
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(world.Charged(i), 0) << world.providers[i].did;
}

TEST(Room, HandsOverWhatTheContractNamesAndSettles) {
  RoomWorld world;
  const auto outcome = world.Run();
  ASSERT_TRUE(outcome) << outcome.error().ToText();
  EXPECT_EQ(world.states, std::vector<State>(room::kStates.begin(), room::kStates.end()));
  EXPECT_EQ(outcome->outputs.size(), 1u);
  EXPECT_TRUE(outcome->simulated);
  EXPECT_EQ(world.Released(), 3u);  // model, proof, scrub statement
  EXPECT_GT(world.Charged(0), 1.4);
  EXPECT_LE(world.Charged(0), 1.5);
}

TEST(Room, RefusesInitDataThatIsNone) {
  RoomWorld world;
  world.Agree();
  world.init_data_text = "version = 1";
  ExpectRefused(world, State::kStart, "init-data");
}

TEST(Room, RefusesAnotherContractThanItsInitDataNames) {
  RoomWorld world;
  world.Agree();
  world.init_data.contracts[0][0] ^= 1;
  ExpectRefused(world, State::kStart, "contract: expected the one that the init-data names");
}

TEST(Room, RefusesAContractWithoutEverySignatureAndReceipt) {
  for (const char* papers : {"signatures", "receipts"}) {
    for (const char* did : {Sample::kBank, Sample::kBureau, Sample::kConsumer, Sample::kOperator}) {
      RoomWorld world;
      world.Agree();
      std::filesystem::remove(world.data / papers / room::PartyFileName(did));
      ExpectRefused(world, State::kStart, did);
    }
  }
}

TEST(Room, RefusesASignatureWithAFlippedByte) {
  RoomWorld world;
  world.Agree();
  const auto file = world.data / "signatures" / room::PartyFileName(Sample::kBureau);
  Bytes signature = *ReadFile(file, 1 << 20);
  signature.back() ^= 1;
  ASSERT_TRUE(WriteFile(file, signature, FileMode::kPublic));
  ExpectRefused(world, State::kStart, "untrusted");
}

TEST(Room, RefusesAnotherPipelineThanTheContractPins) {
  RoomWorld world;
  world.Agree();
  world.init_data.pipeline[0] ^= 1;
  ExpectRefused(world, State::kStart, "init-data: expected the contract's pipeline");
  world.request.pipeline[0] ^= 1;
  world.SignRequest();
  ExpectRefused(world, State::kStart, "run request: expected the contract's pipeline");
}

TEST(Room, RefusesBrokersAndLedgersThatTheContractDoesNotName) {
  RoomWorld world;
  world.Agree();
  const auto init_data = world.init_data;
  world.init_data.brokers[1].key[0] ^= 1;
  ExpectRefused(world, State::kStart, "init-data: expected a TLS key of the contract for the broker of did:web:bureau");
  world.init_data = init_data;
  world.init_data.brokers.pop_back();
  ExpectRefused(world, State::kStart, "init-data: expected a broker of did:web:lab");
  world.init_data = init_data;
  world.init_data.brokers.push_back({"did:web:stranger.example", "https://stranger.example", Sample::Fill(1)});
  ExpectRefused(world, State::kStart, "init-data: brokers: expected 3, got 4");
  world.init_data = init_data;
  world.init_data.ledger.origin = "another.example";
  ExpectRefused(world, State::kStart, "init-data: ledger");
  world.init_data = init_data;
  world.init_data.ledger.keys[0][0] ^= 1;
  ExpectRefused(world, State::kStart, "init-data: expected the ledger keys that the contract names");
}

TEST(Room, RefusesARunRequestThatAsksForMoreThanOneRunMaySpend) {
  RoomWorld world;
  world.Agree();
  world.request.spend[1].epsilon = 2.5;
  world.SignRequest();
  ExpectRefused(world, State::kStart, "run request: expected at most epsilon 2");
  world.request.spend.pop_back();
  world.SignRequest();
  ExpectRefused(world, State::kStart, "expected one spend for each metered dataset; scores differs");
}

TEST(Room, RefusesOtherCiphertextBeforeAnythingIsReserved) {
  RoomWorld world;
  world.Agree();
  const auto file = world.data / world.contract.datasets[1].FileName();
  Bytes sealed = *ReadFile(file, 1 << 20);
  sealed[sealed.size() / 2] ^= 1;
  ASSERT_TRUE(WriteFile(file, sealed, FileMode::kPublic));
  ExpectRefused(world, State::kStart, "dataset scores: expected the sealed file that the contract names");
  ExpectNobodyCharged(world);
}

// What the contract does not permit costs nobody anything, and the room says why: no provider's key was asked for.
TEST(Room, RefusesAPipelineBeforeAnyProvidersKeyIsReleased) {
  const auto with = [](auto change, const std::string& why) {
    RoomWorld world;
    change(world);
    ExpectRefused(world, State::kRelease, why);
    ExpectNobodyCharged(world);
    const Json budget = *world.providers[0].broker->Budget();
    for (const Json& account : **budget.GetArray("accounts")) {
      for (const Json& run : **account.GetArray("runs")) EXPECT_EQ(*run.GetString("stage"), "lapsed");
    }
  };
  with([](RoomWorld& w) { w.pipeline_text = "{\"type\":\"pipeline/v1\"}"; }, "pipeline: ");
  with([](RoomWorld& w) { w.pipeline.sql = "SELECT person, count(*) AS amount, label FROM loans"; }, "pipeline SQL: function count_star");
  with([](RoomWorld& w) { w.pipeline.label = "outcome"; }, "pipeline: expected the label among the columns");
  with([](RoomWorld& w) { w.pipeline.sql = "SELECT person, amount AS wealth, label FROM loans"; },
       "pipeline: expected columns with bounds in the contract, wealth has none");
  with([](RoomWorld& w) { w.contract.permissions[0].columns[Sample::kScores] = {"person"}; }, "pipeline SQL: column score is not permitted");
  with([](RoomWorld& w) { w.pipeline.training.Set("noise_multiplier", 0.1); }, "training plan: ");
  with([](RoomWorld& w) { w.pipeline.training.Set("expected_batch", 5000); }, "training plan: expected_batch");
  const auto hidden = [](std::vector<int> widths) {
    return [widths](RoomWorld& w) {
      Json model = *w.pipeline.training.Find("model");
      model.Set("hidden", Json::Array(widths.begin(), widths.end()));
      w.pipeline.training.Set("model", std::move(model));
    };
  };
  with(hidden({60'000, 60'000}), "training plan: model: expected at most 2^16 units");
  with(hidden({30'000, 30'000}), "training plan: model: expected at most 2^27 parameters");
}

TEST(Room, GivesEveryReservationBackWhereABrokerKeepsItsKey) {
  RoomWorld world;
  world.broker_says = [](std::string_view path, std::size_t provider, Result<Json> answer) -> Result<Json> {
    if (path == "cloister/release" && provider == 0) return Error(ErrorCode::kRefused, "not today");
    return answer;
  };
  ExpectRefused(world, State::kRelease, "broker of did:web:bank.example: not today");
  ExpectNobodyCharged(world);  // the bank's key went out and was lost: the room's word is that it opened nothing
}

TEST(Room, GivesBackWhatOthersReservedWhereABrokerDoesNotReserve) {
  RoomWorld world;
  world.broker_says = [](std::string_view path, std::size_t provider, Result<Json> answer) -> Result<Json> {
    if (path == "cloister/reserve" && provider == 1) return Error(ErrorCode::kRefused, "not today");
    return answer;
  };
  ExpectRefused(world, State::kReserve, "not today");
  EXPECT_EQ(world.Charged(0), 0);
  EXPECT_GT(world.Charged(1), 0);  // it reserved and said that it did not; that lapses at the deadline
  EXPECT_EQ(world.Charged(2), 0);
}

TEST(Room, RefusesAReservationForAnotherRun) {
  RoomWorld first;
  std::optional<Json> earlier;
  first.broker_says = [&](std::string_view path, std::size_t provider, Result<Json> answer) {
    if (path == "cloister/reserve" && provider == 0) earlier = *answer;
    return answer;
  };
  ASSERT_TRUE(first.Run());
  first.request.run = "5b1a6d1c-64a1-4a8e-9e4f-0a4b9c1d2e40";
  first.SignRequest();
  const Json replayed = *earlier;
  first.broker_says = [&](std::string_view path, std::size_t provider, Result<Json> answer) {
    return path == "cloister/reserve" && provider == 0 ? Result<Json>(replayed) : answer;
  };
  ExpectRefused(first, State::kReserve, "reservation: expected one for this run, contract, dataset and room");
}

TEST(Room, RefusesAFileKeyOfAnotherDataset) {
  RoomWorld world;
  std::optional<Json> pipelines;
  world.broker_says = [&](std::string_view path, std::size_t provider, Result<Json> answer) -> Result<Json> {
    if (path != "cloister/release") return answer;
    if (provider == 2) pipelines = *answer;
    return provider == 0 ? *pipelines : answer;
  };
  ExpectRefused(world, State::kRelease, "file key: expected one for this run, contract, dataset and room");
}

TEST(Room, SaysNothingButThatItFailedOnceDataIsOpen) {
  RoomWorld world;
  world.on_state = [&](State state) {
    if (state != State::kOpen) return;
    const auto file = world.data / world.contract.datasets[0].FileName();
    ASSERT_TRUE(WriteFile(file, AsBytes("other bytes"), FileMode::kPublic));
  };
  const std::string refused = world.RunRefused();
  EXPECT_THAT(refused, HasSubstr("failed after data was opened; nothing more is said"));
  EXPECT_THAT(refused, testing::Not(HasSubstr("loans")));
  EXPECT_EQ(world.Released(), 0u);
  EXPECT_EQ(world.Charged(0), 1.5);  // the key was released: what was reserved stays spent
}

// Three runs under a contract that holds the private part: one succeeds, one fails while it opens, one while it prepares.
TEST(Room, ShowsNeitherWhenNorWhereItFailedWhereTheContractHoldsTheAnswer) {
  const auto run = [](auto change) {
    auto world = std::make_unique<RoomWorld>();
    world->contract.compute.hold_seconds = 60;
    change(*world);
    world->Agree();
    return world;
  };
  const auto honest = run([](RoomWorld&) {});
  EXPECT_EQ(honest->RunRefused(), "");
  EXPECT_EQ(honest->pace, std::chrono::seconds(60));
  EXPECT_EQ(honest->states, std::vector<State>(room::kStates.begin(), room::kStates.end()));

  const auto not_opened = run([](RoomWorld&) {});
  not_opened->on_state = [&](State state) {
    if (state != State::kOpen) return;
    ASSERT_TRUE(WriteFile(not_opened->data / not_opened->contract.datasets[0].FileName(), AsBytes("other"), FileMode::kPublic));
  };
  const auto not_loaded = run([](RoomWorld& world) { world.loans = "person,amount,label\nP1,not a number,0\n"; });
  const std::string refused = not_opened->RunRefused();
  EXPECT_THAT(refused, HasSubstr("state open: failed after data was opened; nothing more is said"));
  EXPECT_EQ(not_loaded->RunRefused(), refused);
  EXPECT_EQ(not_loaded->states, not_opened->states);
  EXPECT_EQ(not_loaded->states.back(), State::kOpen);
  EXPECT_EQ(not_loaded->pace, std::chrono::seconds(60));
  EXPECT_EQ(not_opened->pace, std::chrono::seconds(60));
}

TEST(Room, HandsNothingOverThatTheLedgerDidNotTake) {
  RoomWorld world;
  world.ledger->registers = [](ByteSpan) -> Result<Bytes> { return Error(ErrorCode::kRefused, "no room for it"); };
  ExpectRefused(world, State::kRecord, "ledger: no room for it");
}

TEST(Room, HandsNothingOverOnAReceiptThatIsNotForItsReport) {
  RoomWorld world;
  world.Agree();
  const Bytes other = *ReadFile(world.data / "receipts" / room::PartyFileName(Sample::kBank), 1 << 20);
  world.ledger->registers = [&](ByteSpan) -> Result<Bytes> { return other; };
  ExpectRefused(world, State::kRecord, "receipt of the run report");
}

TEST(Room, HandsNothingOverThatABrokerDidNotSettle) {
  RoomWorld world;
  world.broker_says = [](std::string_view path, std::size_t provider, Result<Json> answer) -> Result<Json> {
    if (path == "cloister/report" && provider == 1) return Error(ErrorCode::kUnavailable, "gone");
    return answer;
  };
  ExpectRefused(world, State::kRecord, "broker of did:web:bureau.example: gone");
}

}  // namespace
}  // namespace cloister::clean_room

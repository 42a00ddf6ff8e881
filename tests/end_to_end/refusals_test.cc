// Attacks on a whole clean-room job with real processes: nothing comes out, the component that should refuses and says why,
// and nobody's budget suffers.
#include <thread>

#include "base/file.h"
#include "contract/broker_calls.h"
#include "contract/ledger_documents.h"
#include "contract/proof.h"
#include "demo/false_room.h"
#include "room/given.h"
#include "sealed/age_file.h"
#include "worlds.h"

namespace cloister::end_to_end {
namespace {

namespace fs = std::filesystem;
using demo::Attest;
using demo::FalseRoom;
using formats::Json;
using testing::Each;
using testing::Field;
using testing::HasSubstr;

constexpr std::size_t kMaxFile = 64u << 20;
constexpr Seconds kShort{8};       // lifetime of a run request whose reservations should lapse soon
constexpr Seconds kPatience{30};
constexpr int kLongTraining = 2000;  // steps; seconds of training

std::string BrokerOf(World& world, const std::string& actor) { return "broker of " + world.actor(actor).card.did; }

class RefusalBase : public testing::Test {
 protected:
  void SetUp() override {
    if (!WhyNoWorld().empty()) GTEST_SKIP() << WhyNoWorld();
  }
};

// One world for all attacks that leave it as it was.
class Refusal : public RefusalBase {
 protected:
  static void SetUpTestSuite() {
    if (!WhyNoWorld().empty()) return;
    shared_ = std::move(MUST(MakeWorld({.total_runs = 50}))).release();
  }
  static void TearDownTestSuite() { delete std::exchange(shared_, nullptr); }
  void SetUp() override {
    if (!WhyNoWorld().empty()) GTEST_SKIP() << WhyNoWorld();
    ASSERT_NE(shared_, nullptr);
    before_ = MUST(Charges(world()));
  }
  void TearDown() override {
    if (shared_ == nullptr || before_.empty()) return;
    world().WatchStates(nullptr);
    world().ReplaceRoom(world().room_program());
    if (!harmless_) return;
    EXPECT_EQ(MUST(Charges(world())), before_) << "somebody's budget suffered";
  }
  World& world() { return *shared_->world; }
  // The only files of the data that a test may touch are its own copies.
  void LaunchAndExpect(const RoomInputs& inputs, const std::string& state, const std::string& who, const std::string& why) {
    ExpectRefused(MUST(world().LaunchRoom(inputs, std::nullopt)), state, who, why);
  }

  static TestWorld* shared_;
  std::map<std::string, double> before_;
  bool harmless_ = true;
};

TestWorld* Refusal::shared_ = nullptr;

TEST_F(Refusal, RoomRefusesAMissingSignature) {
  const RoomInputs inputs = MUST(world().RequestRun());
  ASSERT_TRUE(fs::remove(inputs.data / "signatures" / room::PartyFileName(world().actor("hospital-b").card.did)));
  LaunchAndExpect(inputs, "start", "room", "expected a signature of did:web:hospital-b.example, got none");
}

TEST_F(Refusal, RoomRefusesAMissingReceipt) {
  const RoomInputs inputs = MUST(world().RequestRun());
  ASSERT_TRUE(fs::remove(inputs.data / "receipts" / room::PartyFileName(world().actor("hospital-b").card.did)));
  LaunchAndExpect(inputs, "start", "room", "expected the ledger's receipt of the signature of did:web:hospital-b.example, got none");
}

TEST_F(Refusal, RoomRefusesAFlippedByteOfCiphertextBeforeAnythingIsReserved) {
  const RoomInputs inputs = MUST(world().RequestRun());
  FlipByte(inputs.data / "hospital_b.csv.age", 5000);
  LaunchAndExpect(inputs, "start", "room", "dataset hospital_b: expected the sealed file that the contract names");
}

TEST_F(Refusal, RoomRefusesASwappedDatasetBeforeAnythingIsReserved) {
  const RoomInputs inputs = MUST(world().RequestRun());
  fs::copy_file(inputs.data / "hospital_c.csv.age", inputs.data / "hospital_b.csv.age", fs::copy_options::overwrite_existing);
  LaunchAndExpect(inputs, "start", "room", "dataset hospital_b: expected the sealed file that the contract names");
}

TEST_F(Refusal, CiphertextThatChangesAfterTheReservationIsNotOpenedAndTheFailureTellsNothing) {
  const RoomInputs inputs = MUST(world().RequestRun());
  world().WatchStates([&](const std::string& state) {
    if (state == "reserve") FlipByte(inputs.data / "hospital_b.csv.age", 5000);
  });
  const RoomRun run = MUST(world().LaunchRoom(inputs, std::nullopt));
  ExpectRefused(run, "open", "room", "failed after data was opened; nothing more is said");
  EXPECT_THAT(run.reason, testing::Not(HasSubstr("hospital")));
  harmless_ = false;  // the keys were released: what was reserved stays spent
  for (const RunOnAccount& one : MUST(RunOnAccounts(world(), run.run))) EXPECT_EQ(one.stage, "released") << one.broker;
}

TEST_F(Refusal, BrokersRefuseAnotherRoomProgram) {
  const fs::path other = world().config().folder / "cloister-room";
  Bytes program = MUST(ReadFile(world().room_program(), std::size_t{1} << 30));
  program.push_back(0);
  MUST(WriteFile(other, program, FileMode::kPublic));
  fs::permissions(other, fs::perms::owner_all);
  world().ReplaceRoom(other);
  LaunchAndExpect(MUST(world().RequestRun()), "reserve", BrokerOf(world(), "hospital-a"), "expected a room that is certified");
}

TEST_F(Refusal, BrokersRefuseTheRoomWithAnotherLibrary) {
  // The guest has only what was measured and no environment of the host's, so the way to slip a library in is to launch it in.
  RoomInputs inputs = MUST(world().RequestRun());
  const std::string library = fs::canonical(CLOISTER_INTRUDER).string();
  inputs.simulator_options = {"--file", library, "--env", "LD_PRELOAD=" + library};
  LaunchAndExpect(inputs, "reserve", BrokerOf(world(), "hospital-a"), "expected a room that is certified");
}

TEST_F(Refusal, BrokersRefuseAGuestThatMayBeDebugged) {
  RoomInputs inputs = MUST(world().RequestRun());
  inputs.simulator_options = {"--debug-guest"};
  LaunchAndExpect(inputs, "", BrokerOf(world(), "hospital-a"), "debug");
}

TEST_F(Refusal, BrokersRefuseASimulatedRootThatNobodyNames) {
  RoomInputs inputs = MUST(world().RequestRun());
  inputs.hardware = MUST(OtherHardware());
  LaunchAndExpect(inputs, "attest", BrokerOf(world(), "hospital-a"), "root");
}

TEST_F(Refusal, RoomRefusesInitDataOfAnotherContract) {
  RoomInputs inputs = MUST(world().RequestRun());
  inputs.init_data.contracts[0][7] ^= 1;
  LaunchAndExpect(inputs, "start", "room", "contract: expected the one that the init-data names");
}

TEST_F(Refusal, RoomRefusesInitDataOfAnotherBroker) {
  RoomInputs inputs = MUST(world().RequestRun());
  inputs.init_data.brokers[0].key[7] ^= 1;
  LaunchAndExpect(inputs, "start", "room", "init-data: expected a TLS key of the contract for the broker of");
}

TEST_F(Refusal, RoomRefusesInitDataThatIsMissing) {
  RoomInputs inputs = MUST(world().RequestRun());
  inputs.init_data_text = "";
  LaunchAndExpect(inputs, "", "room", "init-data");
}

TEST_F(Refusal, RoomRefusesAnotherPipelineInTheInitData) {
  RoomInputs inputs = MUST(world().RequestRun());
  inputs.init_data.pipeline[0] ^= 1;
  LaunchAndExpect(inputs, "start", "room", "init-data: expected the contract's pipeline, got another");
}

TEST_F(Refusal, RoomRefusesAnotherPipelineFile) {
  const RoomInputs inputs = MUST(world().RequestRun());
  const auto identity = sealed::Identity::Generate(crypto::SystemRandom());
  const auto recipient = identity.recipient();
  const Bytes file = MUST(sealed::Seal(std::span(&recipient, 1), AsBytes("{\"sql\":\"SELECT * FROM hospital_a\"}"), crypto::SystemRandom()));
  MUST(WriteFile(inputs.data / "pipeline.json.age", file, FileMode::kPublic));
  LaunchAndExpect(inputs, "start", "room", "dataset pipeline: expected the sealed file that the contract names");
}

TEST_F(Refusal, SecondUseOfARunRequestIsRefused) {
  const RoomInputs inputs = MUST(world().RequestRun());
  const RoomRun first = MUST(world().LaunchRoom(inputs, std::nullopt));
  ASSERT_TRUE(first.Done()) << first.reason;
  before_ = MUST(Charges(world()));
  LaunchAndExpect(MUST(OnceMore(inputs, "again")), "verify", "room", "run request: expected one that was never used");
}

TEST_F(Refusal, OfTwoRoomsWithOneRunRequestOneIsRefused) {
  const RoomInputs inputs = MUST(world().RequestRun());
  const RoomInputs other = MUST(OnceMore(inputs, "other"));
  std::optional<Result<RoomRun>> second;
  std::thread thread([&] { second.emplace(world().LaunchRoom(other, std::nullopt)); });
  auto first = world().LaunchRoom(inputs, std::nullopt);
  thread.join();
  const RoomRun a = MUST(std::move(first));
  const RoomRun b = MUST(*std::move(second));
  EXPECT_NE(a.Done(), b.Done()) << a.reason << "\n" << b.reason;
  const RoomRun& loser = a.Done() ? b : a;
  EXPECT_THAT(loser.reason, HasSubstr("replayed: "));
  EXPECT_THAT(Released(loser), testing::IsEmpty());
  std::cout << "             refused: " << loser.reason << "\n";
  harmless_ = false;  // the winner's run is charged, once
  for (const std::string& name : world().providers()) {
    EXPECT_LE(MUST(Charges(world()))[name] - before_[name], world().scenario().epsilon) << name;
  }
}

// The proof beside an output holds a whole attestation that the researcher's broker took.
TEST_F(Refusal, BrokerRefusesReplayedEvidence) {
  harmless_ = false;
  const RoomInputs inputs = MUST(world().RequestRun());
  const RoomRun run = MUST(world().LaunchRoom(inputs, std::nullopt));
  ASSERT_TRUE(run.Done()) << run.reason;
  const auto json = MUST(Json::Parse(MUST(ReadTextFile(run.out / "proof.json", kMaxFile)), {.max_bytes = kMaxFile}));
  const auto proof = MUST(contract::Proof::FromJson(json));
  Json recorded = Json::Object{
      {"init-data", Json::Object{{"format", "toml"}, {"body", proof.init_data}}},
      {"runtime-data", Json::Object{{"nonce", proof.nonce}, {"tee-pubkey", proof.tee_pubkey}}},
      {"tee-evidence", Json::Object{{"primary_evidence", proof.evidence}, {"additional_evidence", proof.additional_evidence}}}};
  const auto room = std::make_unique<FalseRoom>(world(), inputs);
  for (const std::string actor : {"researcher", "hospital-a"}) {
    const auto as_it_was = MUST(room->Begin(actor));
    const auto refused = Attest(*as_it_was.connection, recorded);
    ASSERT_FALSE(refused) << actor;
    EXPECT_THAT(refused.error().message(), HasSubstr("nonce: expected the session's")) << actor;
    const auto renamed = MUST(room->Begin(actor));
    Json changed = recorded;
    changed.Set("runtime-data", Json::Object{{"nonce", renamed.nonce}, {"tee-pubkey", proof.tee_pubkey}});
    const auto still_refused = Attest(*renamed.connection, changed);
    ASSERT_FALSE(still_refused) << actor;
    EXPECT_THAT(still_refused.error().message(), HasSubstr("report_data is not what was asked for")) << actor;
    std::cout << "             refused by: broker of " << actor << " | " << refused.error().ToText() << " | "
              << still_refused.error().ToText() << "\n";
  }
}

class EvidenceRefusal : public Refusal {
 protected:
  void SetUp() override {
    Refusal::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    room_ = std::make_unique<FalseRoom>(world(), MUST(world().RequestRun()));
  }
  // What hospital-a's broker says to evidence whose binding was changed.
  void ExpectAttestRefused(const std::function<void(contract::EvidenceBinding&)>& change, const std::string& why) {
    const auto session = MUST(room_->Begin("hospital-a"));
    auto binding = room_->Binding(session, "hospital-a");
    change(binding);
    const auto attested = Attest(*session.connection, MUST(room_->Attestation(session, binding)));
    ASSERT_FALSE(attested);
    EXPECT_THAT(attested.error().message(), HasSubstr(why));
    std::cout << "             refused by: broker of hospital-a | " << attested.error().ToText() << "\n";
  }
  std::unique_ptr<FalseRoom> room_;
};

TEST_F(EvidenceRefusal, BrokerTakesFreshEvidenceOfTheCertifiedRoom) {
  const auto session = MUST(room_->Begin("hospital-a"));
  const Json attestation = MUST(room_->Attestation(session, room_->Binding(session, "hospital-a")));
  MUST(Attest(*session.connection, attestation));
  // And the same once more not: the nonce is used up.
  const auto again = Attest(*session.connection, attestation);
  ASSERT_FALSE(again);
  std::cout << "             refused by: broker of hospital-a | " << again.error().ToText() << "\n";
}

TEST_F(EvidenceRefusal, BrokerRefusesEvidenceForAnotherBroker) {
  const std::string other = world().actor("hospital-b").card.did;
  ExpectAttestRefused([&](auto& binding) { binding.party = other; }, "evidence: expected one for this party");
}

TEST_F(EvidenceRefusal, BrokerRefusesEvidenceThatIsRelayedOverAnotherConnection) {
  const auto honest = MUST(room_->Begin("hospital-a"));
  const auto exporter = honest.connection->exporter();
  ExpectAttestRefused([&](auto& binding) { binding.exporter = exporter; }, "evidence: expected one for this connection");
}

TEST_F(EvidenceRefusal, BrokerRefusesEvidenceThatSawAnotherTlsKey) {
  ExpectAttestRefused([](auto& binding) { binding.peer_key[0] ^= 1; }, "evidence: expected one that saw our TLS key");
}

TEST_F(EvidenceRefusal, BrokerRefusesEvidenceOfAnotherContractThanItsInitData) {
  ExpectAttestRefused([](auto& binding) { binding.contracts[0][0] ^= 1; }, "init-data: expected the evidence's contracts");
}

TEST_F(EvidenceRefusal, BrokerRefusesARoomWithoutInitData) {
  const auto session = MUST(room_->Begin("hospital-a"));
  Json attestation = MUST(room_->Attestation(session, room_->Binding(session, "hospital-a")));
  attestation.Remove("init-data");
  const auto attested = Attest(*session.connection, attestation);
  ASSERT_FALSE(attested);
  EXPECT_THAT(attested.error().message(), HasSubstr("init-data: expected a room's, got none"));
  std::cout << "             refused by: broker of hospital-a | " << attested.error().ToText() << "\n";
}

TEST_F(EvidenceRefusal, BrokerRefusesInitDataThatWasNotMeasured) {
  const auto session = MUST(room_->Begin("hospital-a"));
  Json attestation = MUST(room_->Attestation(session, room_->Binding(session, "hospital-a")));
  room_->inputs().init_data.run_request[0] ^= 1;
  attestation.Set("init-data", Json::Object{{"format", "toml"}, {"body", room_->inputs().init_data.ToToml()}});
  const auto attested = Attest(*session.connection, attestation);
  ASSERT_FALSE(attested);
  EXPECT_THAT(attested.error().message(), HasSubstr("host_data is not what was expected"));
  std::cout << "             refused by: broker of hospital-a | " << attested.error().ToText() << "\n";
}

TEST_F(EvidenceRefusal, BrokerReservesNothingForAContractThatItsOwnerNeverSigned) {
  room_->inputs().init_data.contracts[0][0] ^= 1;
  const RoomInputs& inputs = room_->inputs();
  const auto session = MUST(room_->Begin("hospital-a"));
  MUST(Attest(*session.connection, MUST(room_->Attestation(session, room_->Binding(session, "hospital-a")))));
  const Bytes request = MUST(ReadFile(inputs.data / "run-request.cose", kMaxFile));
  const Bytes certification = MUST(ReadFile(inputs.data / "certification.cose", kMaxFile));
  const contract::ReserveCall call{request, inputs.init_data.contracts, {certification}, certification, certification,
                                   world().contract().datasets[0].id, 0.5, 1e-6};
  const auto reserved = session.connection->Post("/kbs/v0/cloister/reserve", call.ToJson());
  ASSERT_FALSE(reserved);
  EXPECT_EQ(reserved.error().code(), ErrorCode::kNotFound) << reserved.error().message();
  std::cout << "             refused by: broker of hospital-a | " << reserved.error().ToText() << "\n";
}

// Worlds of their own, for attacks that leave nothing as it was.
using OwnWorldRefusal = RefusalBase;

TEST_F(OwnWorldRefusal, RoomRefusesAContractThatIsNotSignedByAllOnTheLedger) {
  const auto made = MUST(MakeWorld({.unregistered = {"operator"}}));
  World& world = *made->world;
  const RoomInputs inputs = MUST(world.RequestRun());
  const auto file = [&](const std::string& name) { return inputs.data / "receipts" / room::PartyFileName(world.actor(name).card.did); };
  ExpectRefused(MUST(world.LaunchRoom(inputs, std::nullopt)), "start", "room",
                "expected the ledger's receipt of the signature of did:web:operator.example, got none");
  // Another statement's receipt does not help.
  fs::copy_file(file("hospital-a"), file("operator"));
  ExpectRefused(MUST(world.LaunchRoom(MUST(OnceMore(inputs, "again")), std::nullopt)), "verify", "room",
                "receipt of the signature of did:web:operator.example");
  EXPECT_THAT(MUST(Charges(world)), Each(Field(&std::pair<const std::string, double>::second, 0.0)));
}

TEST_F(OwnWorldRefusal, BrokerRefusesWhenTheBudgetIsExhausted) {
  const auto made = MUST(MakeWorld({.total_runs = 1}));
  World& world = *made->world;
  const RoomRun first = MUST(world.LaunchRoom(MUST(world.RequestRun()), std::nullopt));
  ASSERT_TRUE(first.Done()) << first.reason;
  const auto before = MUST(Charges(world));
  ExpectRefused(MUST(world.LaunchRoom(MUST(world.RequestRun()), std::nullopt)), "reserve", BrokerOf(world, "hospital-a"), "exhausted: ");
  EXPECT_EQ(MUST(Charges(world)), before);
}

TEST_F(OwnWorldRefusal, BrokerRefusesAContractThatItsOwnerTookBackAndTheOthersReservationsLapse) {
  const auto made = MUST(MakeWorld({}));
  World& world = *made->world;
  const demo::Actor& owner = world.actor("hospital-c");
  auto admin = MUST(commands::BrokerAdmin::Connect(owner.folder, owner.broker_url));
  MUST(admin.Revoke(world.contract().digest(), "the board said no"));
  const RoomRun run = MUST(world.LaunchRoom(MUST(world.RequestRun(kShort)), std::nullopt));
  ExpectRefused(run, "reserve", BrokerOf(world, "hospital-c"), "revoked: ");
  const auto reserved = MUST(RunOnAccounts(world, run.run));
  EXPECT_EQ(reserved.size(), 2u);
  EXPECT_THAT(reserved, Each(Field(&RunOnAccount::charged, world.scenario().epsilon)));
  const auto lapsed = MUST(WaitForLapse(world, run.run, kPatience));
  EXPECT_THAT(lapsed, Each(Field(&RunOnAccount::stage, "lapsed")));
  EXPECT_THAT(MUST(Charges(world)), Each(Field(&std::pair<const std::string, double>::second, 0.0)));
}

void RevokeOnTheLedger(World& world) {
  const demo::Actor& owner = world.actor("hospital-b");
  const Time now = SystemClock().Now();
  const contract::Revocation revocation{world.contract().id, world.contract().digest(), owner.card.did, "patients objected", now};
  const Bytes cose = MUST(contract::SignDocument(revocation, *owner.identity, owner.card.did, now));
  MUST(world.Register(cose, world.config().folder / "revocation-receipt.cose"));
}

TEST_F(OwnWorldRefusal, NothingIsReleasedUnderAContractThatIsRevokedWhileTheRoomTrains) {
  const auto made = MUST(MakeWorld({.steps = kLongTraining}));
  World& world = *made->world;
  world.WatchStates([&](const std::string& state) {
    if (state == "train") RevokeOnTheLedger(world);
  });
  const RoomRun run = MUST(world.LaunchRoom(MUST(world.RequestRun()), std::nullopt));
  ExpectRefused(run, "gate", "room", "failed after data was opened; nothing more is said");
  // From now on no room even attests, and nothing more is charged.
  const auto before = MUST(Charges(world));
  ExpectRefused(MUST(world.LaunchRoom(MUST(world.RequestRun()), std::nullopt)), "verify", "room", "revoked");
  EXPECT_EQ(MUST(Charges(world)), before);
}

TEST_F(OwnWorldRefusal, BrokersReserveNothingUnderAContractThatIsRevokedAfterTheRoomLooked) {
  const auto made = MUST(MakeWorld({}));
  World& world = *made->world;
  world.WatchStates([&](const std::string& state) {
    if (state == "make-keys") RevokeOnTheLedger(world);
  });
  const RoomRun run = MUST(world.LaunchRoom(MUST(world.RequestRun()), std::nullopt));
  ExpectRefused(run, "reserve", BrokerOf(world, "hospital-a"), "revoked");
  EXPECT_THAT(MUST(Charges(world)), Each(Field(&std::pair<const std::string, double>::second, 0.0)));
}

}  // namespace
}  // namespace cloister::end_to_end

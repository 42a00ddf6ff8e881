// What DEPA for Training's reference implementation gets wrong (iSPIRT/depa-training at 0232676, kapilvgit/contract-ledger at
// 2b8e611), one test for each of twelve defects: the same thing, done to us, is refused.
#include <gmock/gmock.h>

#include "base/file.h"
#include "contract/lint.h"
#include "room_world.h"

namespace cloister::clean_room {
namespace {

using testing::HasSubstr;

// Whether what came out of `world` holds `text` anywhere.
bool AnythingOutHolds(const RoomWorld& world, std::string_view text) {
  for (const auto& entry : std::filesystem::directory_iterator(world.out)) {
    const Bytes content = *ReadFile(entry.path(), 16u << 20);
    if (std::search(content.begin(), content.end(), text.begin(), text.end()) != content.end()) return true;
  }
  return false;
}

// 1. verify_claim takes a contract for its profile's sake and returns before any signature is checked.
TEST(DepaDefect, No01_LedgerRegistersContractWithoutCheckingSignatures) {
  RoomWorld world;
  const Time now = world.clock.Now();
  const Bytes by_a_stranger = *contract::SignDocument(world.contract, TestKey(77), Sample::kBank, now);
  EXPECT_EQ(world.the_ledger->Register(by_a_stranger).error().code(), ErrorCode::kUntrusted);
  Bytes damaged = *contract::SignDocument(world.contract, TestKey(1), Sample::kBank, now);
  damaged.back() ^= 1;
  EXPECT_EQ(world.the_ledger->Register(damaged).error().code(), ErrorCode::kUntrusted);
}

// 2. The room fetches contracts without receipts and with TLS checks off: the host can feed it any JSON.
TEST(DepaDefect, No02_RoomTakesAnyJsonAsContract) {
  RoomWorld world;
  world.Agree();
  contract::Contract fed = world.contract;
  fed.privacy[0].epsilon = fed.privacy[0].total_epsilon;
  const std::string json = fed.ToCanonical();
  ASSERT_TRUE(WriteFile(world.data / "contract.json", AsBytes(json), FileMode::kPublic));
  EXPECT_THAT(world.RunRefused(), HasSubstr("contract: expected the one that the init-data names"));
  world.init_data.contracts = {crypto::Sha256(AsBytes(json))};
  EXPECT_THAT(world.RunRefused(), HasSubstr("state start: contract: "));  // nobody signed it
  world.SignRequest();
  std::filesystem::remove(world.data / "receipts" / room::PartyFileName(Sample::kBank));
  EXPECT_THAT(world.RunRefused(), HasSubstr("expected the ledger's receipt of the signature of did:web:bank.example, got none"));
}

// 3. Dates, revocation, parties, purpose, delta and noise are never compared.
TEST(DepaDefect, No03_DatesRevocationAndPurposeAreNeverCompared) {
  RoomWorld ended;
  ended.Agree();
  ended.clock.Set(ended.contract.expiry);
  EXPECT_THAT(ended.RunRefused(), HasSubstr("expired: state verify: contract: expected active"));
  RoomWorld revoked;
  revoked.Agree();
  const contract::Revocation no{revoked.contract.id, revoked.contract.digest(), Sample::kBank, "no more", revoked.clock.Now()};
  ASSERT_TRUE(revoked.the_ledger->Register(*contract::SignDocument(no, TestKey(1), Sample::kBank, revoked.clock.Now())));
  EXPECT_THAT(revoked.RunRefused(), HasSubstr("revoked: state verify: contract: expected active"));
  Json other_purpose = Sample::MakeContract().ToJson();
  other_purpose.Set("purpose", "ADVERTISING");
  EXPECT_FALSE(contract::Contract::FromJson(other_purpose));
}

// 4. Pipeline, contract number and storage are outside the measurement (".+"), so that a key release binds to no contract.
TEST(DepaDefect, No04_KeyReleaseDoesNotBindToTheContract) {
  RoomWorld world;
  world.Agree();
  world.host_data = contract::InitDataDigest(world.init_data.ToToml());
  world.init_data.ledger.url = "https://elsewhere.example";
  EXPECT_THAT(world.RunRefused(), HasSubstr("state attest: broker of did:web:bank.example: primary evidence: SNP report: host_data is not what was expected"));
  EXPECT_EQ(world.Charged(0), 0);
}

// 5. Pipeline and storage settings are merged with jq: a member of the pipeline overrides what the policy looks at.
TEST(DepaDefect, No05_PipelineOverridesTheStorageThatIsChecked) {
  RoomWorld world;
  Json pipeline = world.pipeline.ToJson();
  pipeline.Set("azure_filesystems", Json::Array{Json::Object{{"mount_point", "/mnt/remote/output"}, {"read_write", true}}});
  world.pipeline_text = *pipeline.Canonical();
  EXPECT_THAT(world.RunRefused(), HasSubstr("state release: pipeline: "));
  EXPECT_EQ(world.Charged(0), 0);
}

// 6. Without constraints the policy demands is_private false: a contract that says nothing is trained without privacy.
TEST(DepaDefect, No06_ContractWithoutConstraintsIsTrainedWithoutPrivacy) {
  contract::Contract silent = Sample::MakeContract();
  silent.privacy.pop_back();
  const auto read = contract::Contract::FromCanonical(silent.ToCanonical());
  ASSERT_FALSE(read);
  EXPECT_THAT(read.error().message(), HasSubstr("expected an entry for scores, got none"));
  RoomWorld world;
  world.pipeline.training.Set("is_private", false);
  EXPECT_THAT(world.RunRefused(), HasSubstr("state release: training plan: "));
}

// 7. The budget is one run's: N runs spend N times epsilon, and delta is in no rule.
TEST(DepaDefect, No07_BudgetIsPerRun) {
  RoomWorld world;
  world.Agree();
  for (int run = 0; run < 4; ++run) {
    world.request.run = "5b1a6d1c-64a1-4a8e-9e4f-0a4b9c1d2e4" + std::to_string(run);
    world.SignRequest();
    const std::string refused = world.RunRefused();
    if (run < 3) {
      EXPECT_EQ(refused, "");
    } else {
      EXPECT_THAT(refused, HasSubstr("broker of did:web:bank.example: budget: expected room"));
    }
  }
  EXPECT_LE(world.Charged(0), world.contract.privacy[0].total_epsilon);
  world.request.spend[0].delta = 1e-4;
  world.SignRequest();
  EXPECT_THAT(world.RunRefused(), HasSubstr("exhausted: "));
}

// 8. A twin without privacy is trained on the same data, and its losses and metrics without noise leave.
TEST(DepaDefect, No08_MetricsLeaveWithoutNoise) {
  RoomWorld world;
  const std::string recipient = world.keys[2].recipient().ToText();
  world.contract.outputs = {{"model", contract::OutputKind::kModel, Sample::kConsumer, recipient},
                            {"card", contract::OutputKind::kCard, Sample::kConsumer, recipient}};
  ASSERT_TRUE(world.Run());
  const SecretBytes text = *sealed::Open(world.keys[2], *ReadFile(world.out / "card.json.age", 1 << 20));
  const Json card = *Json::Parse(AsText(text.ExposeSecret()));
  // All members: parameters that were known before, and one measurement that says how much noise it has.
  EXPECT_TRUE(card.RefuseUnknownMembers({"type", "contract", "plan", "sampler", "noise", "sigma", "q", "steps", "clip", "expected_batch",
                                         "train_persons", "parameters", "features", "privacy", "instructions", "validation"}));
  EXPECT_GT(*(*card.GetObject("validation"))->GetNumber("noise_standard_deviation"), 0.5);
  EXPECT_GT(*card.GetNumber("sigma"), 0.5);
  RoomWorld asking;
  asking.pipeline.training.Set("metrics", Json::Array{"confusion_matrix"});
  EXPECT_THAT(asking.RunRefused(), HasSubstr("state release: training plan: "));
}

// 9. Only the last stage is looked at, and a stage writes where the consumer says: the joined rows go into its own volume.
TEST(DepaDefect, No09_JoinedRowsGoWhereTheConsumerSays) {
  RoomWorld asking;
  Json pipeline = asking.pipeline.ToJson();
  pipeline.Set("joined_dataset", Json::Object{{"joined_dataset", "/mnt/remote/output/joined.csv"}});
  asking.pipeline_text = *pipeline.Canonical();
  EXPECT_THAT(asking.RunRefused(), HasSubstr("state release: pipeline: "));
  RoomWorld copying;
  copying.pipeline.sql = "COPY (SELECT * FROM loans JOIN scores ON loans.person = scores.person) TO '/out/joined.csv'";
  EXPECT_THAT(copying.RunRefused(), HasSubstr("state release: pipeline SQL: "));
  RoomWorld honest;
  ASSERT_TRUE(honest.Run());
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(honest.out)) names.push_back(entry.path().filename());
  EXPECT_THAT(names, testing::UnorderedElementsAre("audit.jsonl", "model.safetensors.age", "proof.json", "scrub.cose"));
}

// 10. "De-identified" is an unsalted hash of a phone number, and names stay in the clear: whoever opens the file knows the people.
TEST(DepaDefect, No10_DeIdentificationIsAnUnsaltedHash) {
  contract::Contract named = Sample::MakeContract();
  named.datasets[0].schema->fields.push_back({"name", contract::FieldType::kText, contract::FieldClass::kIdentifier, {}, {}});
  named.permissions[0].columns[Sample::kLoans].push_back("name");
  const auto report = contract::Lint(named.ToCanonical(), *FromRfc3339("2026-06-01T00:00:00Z"));
  EXPECT_THAT(report.ToText(), HasSubstr("no identifier among the permitted columns"));
  // Nobody opens a file: identifiers join tables in the room, and neither they nor their hashes come out, in the clear or
  // inside what the consumer opens.
  RoomWorld world;
  const std::string recipient = world.keys[2].recipient().ToText();
  world.contract.outputs = {{"model", contract::OutputKind::kModel, Sample::kConsumer, recipient},
                            {"card", contract::OutputKind::kCard, Sample::kConsumer, recipient}};
  ASSERT_TRUE(world.Run());
  const std::string hash = ToHex(crypto::Sha256(AsBytes("P117")));
  for (const std::string& text : {std::string("P117"), hash}) EXPECT_FALSE(AnythingOutHolds(world, text));
  for (const char* file : {"model.safetensors.age", "card.json.age"}) {
    const SecretBytes opened = *sealed::Open(world.keys[2], *ReadFile(world.out / file, 1 << 20));
    EXPECT_EQ(AsText(opened.ExposeSecret()).find("P117"), std::string_view::npos) << file;
    EXPECT_EQ(AsText(opened.ExposeSecret()).find(hash), std::string_view::npos) << file;
  }
}

// 11. A delta of 0.01 for 1,483 people bounds nothing: it allows fifteen of them to be given away.
TEST(DepaDefect, No11_DeltaIsAboveOneOverN) {
  RoomWorld world;
  world.contract.privacy[0].delta = 0.01;  // of 120 people
  world.contract.privacy[0].total_delta = 0.03;
  const std::string json = world.contract.ToCanonical();
  EXPECT_THAT(contract::Lint(json, world.clock.Now()).ToText(), HasSubstr("a number below 1/rows"));
  const std::vector<Bytes> signatures = Sample::SignByAll(world.contract, world.clock.Now());
  EXPECT_FALSE(world.the_ledger->Register(signatures[0]));
  const auto imported = world.providers[0].broker->ImportContract(json, signatures);
  ASSERT_FALSE(imported);
  EXPECT_THAT(imported.error().message(), HasSubstr("expected between 0 and 1/rows"));
}

// 12. The launch policy is made in debug mode, and the README enters the running container.
TEST(DepaDefect, No12_RoomRunsInDebugMode) {
  RoomWorld world;
  world.Agree();
  world.guest.policy.bits |= std::uint64_t{1} << 19;
  ASSERT_TRUE(world.guest.policy.Debug());
  EXPECT_THAT(world.RunRefused(), HasSubstr("broker of did:web:bank.example: hardware: expected a guest without debugging and migration"));
  EXPECT_EQ(world.Released(), 0u);
  EXPECT_EQ(world.Charged(0), 0);
}

}  // namespace
}  // namespace cloister::clean_room

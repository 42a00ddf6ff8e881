// The operator's tool as its users meet it: what works, what is refused, and that age's own program agrees.
#include <gmock/gmock.h>

#include "base/file.h"
#include "end_to_end/cli_world.h"
#include "formats/json.h"
#include "formats/safetensors.h"
#include "sealed/age_file.h"

namespace cloister::cli_tests {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

const fs::path kAge = "/usr/bin/age";

class Cli : public testing::Test {
 protected:
  void SetUp() override {
    auto folder = commands::TemporaryFolder::Make();
    ASSERT_TRUE(folder);
    folder_.emplace(std::move(*folder));
  }
  std::string Own(const std::string& name) const { return (folder_->path() / name).string(); }
  const CliWorld& world_ = CliWorld::Get();
  std::optional<commands::TemporaryFolder> folder_;
};

TEST_F(Cli, SaysItsVersion) {
  const Ran ran = Cloister({"--version"});
  EXPECT_EQ(ran.code, 0);
  EXPECT_THAT(ran.out, testing::StartsWith("cloister "));
}

TEST_F(Cli, ShowsAPartyWithoutItsSecrets) {
  const Ran ran = Cloister({"party", "show", "--dir", world_.At("bank"), "--json"});
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(*formats::Json::Parse(ran.out)->GetString("role"), "tdp");
  EXPECT_THAT(ran.out, testing::Not(HasSubstr("SECRET")));
  for (const char* file : {"identity.pem", "age-identity.txt", "broker/key.pem", "broker/admin.pem", "broker/root.key", "broker/tls.pem"}) {
    EXPECT_EQ(fs::status(world_.At(std::string("bank/") + file)).permissions() & fs::perms::all,
              fs::perms::owner_read | fs::perms::owner_write)
        << file;
  }
}

TEST_F(Cli, DoesNotMakeAPartyOverAnother) {
  const std::string before = ReadText(world_.At("bank/party.json"));
  const Ran ran = Cloister({"party", "init", "--dir", world_.At("bank"), "--did", "did:web:bank.example", "--role", "tdp",
                            "--passphrase-file", world_.At("pass")});
  EXPECT_EQ(ran.code, 3) << ran.err;
  EXPECT_EQ(ReadText(world_.At("bank/party.json")), before);
}

TEST_F(Cli, RotatesAnIdentityWithTheOldPassphraseOnly) {
  ASSERT_EQ(Cloister({"party", "init", "--dir", Own("p"), "--did", "did:web:p.example", "--role", "auditor", "--passphrase-file",
                      world_.At("pass")}).code, 0);
  const std::string before = ReadText(Own("p/party.json"));
  EXPECT_EQ(Cloister({"party", "rotate", "--dir", Own("p"), "--passphrase-file", world_.At("pass-wrong"), "--new-passphrase-file",
                      world_.At("pass-wrong")}).code, 1);
  EXPECT_EQ(ReadText(Own("p/party.json")), before);
  EXPECT_EQ(Cloister({"party", "rotate", "--dir", Own("p"), "--passphrase-file", world_.At("pass"), "--new-passphrase-file",
                      world_.At("pass-wrong")}).code, 0);
  EXPECT_NE(ReadText(Own("p/party.json")), before);
}

// The ledger cannot be reached, so the rotation does not come to its end; the next attempt goes on with the same key.
TEST_F(Cli, GoesOnWithARotationThatWasCutOff) {
  ASSERT_EQ(Cloister({"party", "init", "--dir", Own("p"), "--did", "did:web:p.example", "--role", "auditor", "--passphrase-file",
                      world_.At("pass")}).code, 0);
  std::string card = ReadText(world_.At("ledger.json"));
  const std::size_t port = card.find("127.0.0.1:");
  ASSERT_NE(port, card.npos);
  card.replace(port, card.find('"', port) - port, "127.0.0.1:1");
  WriteText(Own("nowhere.json"), card);
  const std::vector<std::string> rotate = {"party", "rotate", "--dir", Own("p"), "--passphrase-file", world_.At("pass"),
                                           "--new-passphrase-file", world_.At("pass-wrong")};
  std::vector<std::string> with_ledger = rotate;
  with_ledger.insert(with_ledger.end(), {"--ledger", Own("nowhere.json")});
  EXPECT_EQ(Cloister(with_ledger).code, 3);
  const std::string begun = ReadText(Own("p/identity.pem.new")), word = ReadText(Own("p/rotation.cose.new"));
  EXPECT_EQ(Cloister(with_ledger).code, 3);
  EXPECT_EQ(ReadText(Own("p/identity.pem.new")), begun);
  EXPECT_EQ(Cloister(rotate).code, 0);
  EXPECT_EQ(ReadText(Own("p/identity.pem")), begun);
  EXPECT_EQ(ReadText(Own("p/rotation-1.cose")), word);
  EXPECT_FALSE(fs::exists(Own("p/identity.pem.new")));
}

TEST_F(Cli, RefusesAPassphraseFileThatOthersMayRead) {
  WriteText(Own("pass"), "correct horse\n");
  const Ran ran = Cloister({"contract", "sign", "--party", world_.At("bank"), "--passphrase-file", Own("pass"),
                            world_.At("contract.json"), "-o", Own("s.cose")});
  EXPECT_EQ(ran.code, 2);
  EXPECT_THAT(ran.err, HasSubstr("chmod 600"));
}

TEST_F(Cli, LintsContracts) {
  EXPECT_EQ(Cloister({"contract", "lint", world_.At("contract.json")}).code, 0);
  WriteText(Own("bad.json"), R"({"schemaVersion": "1"})");
  const Ran ran = Cloister({"contract", "lint", Own("bad.json"), "--json"});
  EXPECT_EQ(ran.code, 1);
  EXPECT_FALSE(*formats::Json::Parse(ran.out)->GetBool("can_become_active"));
  const fs::path depa = fs::path(CLOISTER_SHARED_DIR) / "data/depa-contracts/covid/contract.json";
  if (fs::exists(depa)) {
    const Ran linted = Cloister({"contract", "lint", depa.string(), "--json"});
    EXPECT_EQ(*formats::Json::Parse(linted.out)->GetString("schema_version"), "0.1");
  }
}

TEST_F(Cli, ShowsWhoSignedAndWhoDidNot) {
  const Ran all = Cloister({"contract", "show", world_.At("contract.json"), "--signatures", world_.At("signatures")});
  EXPECT_EQ(all.code, 0) << all.err;
  EXPECT_THAT(all.out, HasSubstr("one run may spend epsilon 1"));
  fs::create_directory(Own("some"));
  fs::copy_file(world_.At("signatures/bank.cose"), Own("some/bank.cose"));
  const Ran some = Cloister({"contract", "show", world_.At("contract.json"), "--signatures", Own("some")});
  EXPECT_EQ(some.code, 1);
  EXPECT_THAT(some.out, HasSubstr("MISSING: did:web:lab.example"));
}

TEST_F(Cli, RefusesToSignForSomebodyWhoIsNoParty) {
  ASSERT_EQ(Cloister({"party", "init", "--dir", Own("x"), "--did", "did:web:x.example", "--role", "tdp", "--passphrase-file",
                      world_.At("pass")}).code, 0);
  const Ran ran = Cloister({"contract", "sign", "--party", Own("x"), "--passphrase-file", world_.At("pass"),
                            world_.At("contract.json"), "-o", Own("s.cose")});
  EXPECT_EQ(ran.code, 1) << ran.err;
  EXPECT_FALSE(fs::exists(Own("s.cose")));
}

TEST_F(Cli, VerifiesReceiptsAndNothingElse) {
  const Ran good = Cloister({"ledger", "verify", world_.At("bank.receipt"), world_.At("signatures/bank.cose"), "--ledger",
                             world_.At("ledger.json"), "--json"});
  EXPECT_EQ(good.code, 0) << good.err;
  EXPECT_EQ(*formats::Json::Parse(good.out)->GetString("origin"), "ledger.example/cli");
  const Ran other = Cloister({"ledger", "verify", world_.At("bank.receipt"), world_.At("signatures/lab.cose"), "--ledger",
                              world_.At("ledger.json")});
  EXPECT_EQ(other.code, 1);
  std::string receipt = ReadText(world_.At("bank.receipt"));
  for (std::size_t i = 0; i < receipt.size(); i += 37) {
    std::string changed = receipt;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    WriteText(Own("receipt"), changed);
    EXPECT_EQ(Cloister({"ledger", "verify", Own("receipt"), world_.At("signatures/bank.cose"), "--ledger", world_.At("ledger.json")}).code, 1)
        << "byte " << i;
  }
}

TEST_F(Cli, RevokesOnTheLedgerWhoMay) {
  // A contract of its own, so that the others stay active.
  ASSERT_EQ(Cloister({"contract", "new", "--party", world_.At("bank"), world_.At("lab"), world_.At("cloud"), world_.At("sro"), "--dataset",
                      world_.At("people.json"), world_.At("plan.json"), "--ledger", world_.At("ledger.json"), "--pipeline-sha256",
                      std::string(64, 'a'), "--epsilon", "1", "--delta", "1e-5", "--total-epsilon", "3", "--total-delta", "3e-5",
                      "--root", std::string(64, 'b'), "-o", Own("c.json")}).code, 0);
  ASSERT_EQ(Cloister({"contract", "sign", "--party", world_.At("bank"), "--passphrase-file", world_.At("pass"), Own("c.json"), "-o",
                      Own("s.cose"), "--ledger", world_.At("ledger.json"), "--receipt", Own("s.receipt")}).code, 0);
  const std::vector<std::string> tail = {"--passphrase-file", world_.At("pass"), "--contract", Own("c.json"), "--reason", "consent withdrawn",
                                         "--ledger", world_.At("ledger.json"), "-o", Own("r.cose"), "--receipt", Own("r.receipt")};
  std::vector<std::string> by_sro = {"revoke", "--party", world_.At("sro")};
  by_sro.insert(by_sro.end(), tail.begin(), tail.end());
  EXPECT_EQ(Cloister(by_sro).code, 1);
  EXPECT_FALSE(fs::exists(Own("r.cose")));
  std::vector<std::string> by_bank = {"revoke", "--party", world_.At("bank")};
  by_bank.insert(by_bank.end(), tail.begin(), tail.end());
  const Ran ran = Cloister(by_bank);
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(Cloister({"ledger", "verify", Own("r.receipt"), Own("r.cose"), "--ledger", world_.At("ledger.json")}).code, 0);
}

TEST_F(Cli, RefusesToSpendMoreThanTheContractLets) {
  const std::vector<std::string> base = {"run", "request", "--passphrase-file", world_.At("pass"), "--contract",
                                         world_.At("contract.json"), "-o", Own("r.cose")};
  std::vector<std::string> much = base;
  much.insert(much.end(), {"--party", world_.At("lab"), "--epsilon", "1.5"});
  EXPECT_EQ(Cloister(much).code, 1);
  std::vector<std::string> other = base;
  other.insert(other.end(), {"--party", world_.At("bank")});
  EXPECT_EQ(Cloister(other).code, 1);
  EXPECT_FALSE(fs::exists(Own("r.cose")));
}

TEST_F(Cli, RefusesAModelThatNoRoomReported) {
  const std::vector<float> numbers = {1, 2};
  const formats::Tensor tensor{"w", formats::TensorType::kF32, {2}, formats::TensorData(numbers)};
  const auto model = formats::WriteSafetensors(std::span(&tensor, 1), {});
  ASSERT_TRUE(model);
  WriteText(Own("model.safetensors"), AsText(*model));
  const auto card = commands::LoadPartyCard(world_.At("lab"));
  ASSERT_TRUE(card);
  for (const char* name : {"model.safetensors.age", "renamed.age"}) {
    ASSERT_EQ(Cloister({"data", "seal", "--recipient", card->recipient, Own("model.safetensors"), "-o", Own(name)}).code, 0);
    std::vector<std::string> open = {"data", "open", "--identity", world_.At("lab/age-identity.txt"), Own(name), "-o", Own("opened")};
    EXPECT_EQ(Cloister(open).code, 1) << name;
    EXPECT_FALSE(fs::exists(Own("opened"))) << name;
    open.push_back("--unattested");
    const Ran aloud = Cloister(open);
    EXPECT_EQ(aloud.code, 0) << aloud.err;
    EXPECT_THAT(aloud.err, HasSubstr("UNATTESTED"));
    fs::remove(Own("opened"));
  }
  // With a proof beside it, there is no way round its verification.
  WriteText(Own("proof.json"), "{}");
  std::vector<std::string> open = {"data", "open", "--identity", world_.At("lab/age-identity.txt"), Own("renamed.age"), "-o", Own("opened")};
  EXPECT_EQ(Cloister(open).code, 2);
  open.insert(open.end(), {"--contract", world_.At("contract.json")});
  EXPECT_EQ(Cloister(open).code, 1);
  open.push_back("--unattested");
  EXPECT_EQ(Cloister(open).code, 2);
  EXPECT_FALSE(fs::exists(Own("opened")));
}

TEST_F(Cli, GivesABrokerWhatItDecidesBy) {
  auto broker = commands::Process::Start({fs::path(CLOISTER_PROGRAM_DIR) / "cloister-broker",
                                          {"--party", world_.At("bank"), "--ledger", world_.At("ledger.json")},
                                          Own("broker.log")});
  ASSERT_TRUE(broker);
  const auto ready = broker->ReadLine(std::chrono::seconds(30));
  ASSERT_TRUE(ready && ready->starts_with("ready ")) << ReadText(Own("broker.log"));
  const std::string url = ready->substr(6);
  const std::vector<std::string> import = {"broker", "import", "--party", world_.At("bank"), "--url", url, "--contract",
                                           world_.At("contract.json"), "--signatures", world_.At("signatures"), "--certification",
                                           world_.At("certification.cose"), "--key", "data/people/v1", "--record",
                                           world_.At("people.csv.record"), "--identity"};
  std::vector<std::string> wrong = import;
  wrong.push_back(world_.At("lab/age-identity.txt"));
  const Ran refused = Cloister(wrong);
  EXPECT_EQ(refused.code, 1) << refused.err;
  std::vector<std::string> right = import;
  right.push_back(world_.At("bank/age-identity.txt"));
  const Ran ran = Cloister(right);
  EXPECT_EQ(ran.code, 0) << ran.err;
  const Ran status = Cloister({"broker", "status", "--party", world_.At("bank"), "--url", url, "--json"});
  EXPECT_EQ(status.code, 0) << status.err;
  EXPECT_TRUE(formats::Json::Parse(status.out)) << status.out;
  const Ran budget = Cloister({"budget", "show", "--party", world_.At("bank"), "--url", url});
  EXPECT_EQ(budget.code, 0) << budget.err;
  EXPECT_THAT(budget.out, HasSubstr("people-of-bank: charged epsilon 0, delta 0, by 0 runs\n"));
  EXPECT_THAT(budget.out, HasSubstr("lets all runs on people spend epsilon 3, delta 3e-05\n"));
  // Another party's key is another TLS key and another administrator.
  EXPECT_NE(Cloister({"budget", "show", "--party", world_.At("lab"), "--url", url}).code, 0);
}

TEST_F(Cli, AgeOpensWhatItSeals) {
  if (!fs::exists(kAge)) GTEST_SKIP() << kAge << " is not installed";
  const Ran ran = RunProgram(kAge, {"-d", "-i", world_.At("bank/age-identity.txt"), "-o", Own("plain"), world_.At("people.csv.age")});
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(ReadText(Own("plain")), ReadText(world_.At("people.csv")));
}

TEST_F(Cli, OpensWhatAgeSeals) {
  if (!fs::exists(kAge)) GTEST_SKIP() << kAge << " is not installed";
  const auto card = commands::LoadPartyCard(world_.At("bank"));
  ASSERT_TRUE(card);
  ASSERT_EQ(RunProgram(kAge, {"-r", card->recipient, "-o", Own("sealed.age"), world_.At("people.csv")}).code, 0);
  const Ran ran = Cloister({"data", "open", "--identity", world_.At("bank/age-identity.txt"), Own("sealed.age"), "-o", Own("plain")});
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(ReadText(Own("plain")), ReadText(world_.At("people.csv")));
}

TEST_F(Cli, OpensNothingThatWasChangedOrIsForAnother) {
  const std::string sealed = ReadText(world_.At("people.csv.age"));
  const auto open = [&](const std::string& identity, const std::string& file) {
    return Cloister({"data", "open", "--identity", world_.At(identity), file, "-o", Own("plain")}).code;
  };
  EXPECT_EQ(open("lab/age-identity.txt", world_.At("people.csv.age")), 1);
  for (std::size_t i = 0; i < sealed.size(); i += 23) {
    std::string changed = sealed;
    changed[i] = static_cast<char>(changed[i] ^ 4);
    WriteText(Own("changed.age"), changed);
    EXPECT_NE(open("bank/age-identity.txt", Own("changed.age")), 0) << "byte " << i;
  }
  for (std::size_t size = 0; size < sealed.size(); size += 31) {
    WriteText(Own("cut.age"), sealed.substr(0, size));
    EXPECT_NE(open("bank/age-identity.txt", Own("cut.age")), 0) << size << " bytes";
  }
  EXPECT_FALSE(fs::exists(Own("plain")));
}

}  // namespace
}  // namespace cloister::cli_tests

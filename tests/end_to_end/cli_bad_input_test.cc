// Bad input to every subcommand: an exit code that fits, a message that says what was expected, nothing left behind.
#include <gmock/gmock.h>

#include <array>
#include <random>

#include "end_to_end/cli_world.h"

namespace cloister::cli_tests {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

enum class Kind { kWord, kFile, kFolder, kOutput };

// One argument; files and folders are in the world, outputs in a fresh folder.
struct Argument {
  Kind kind;
  std::string text;
};
Argument Word(std::string text) { return {Kind::kWord, std::move(text)}; }
Argument File(std::string text) { return {Kind::kFile, std::move(text)}; }
Argument Folder(std::string text) { return {Kind::kFolder, std::move(text)}; }
Argument Output() { return {Kind::kOutput, "output"}; }

// A subcommand with arguments that it takes.
struct Subcommand {
  std::string name;
  std::vector<Argument> arguments;
  int code;  // that it ends with, given just these: 3 where nobody answers
};

const std::string kHex32(64, 'a');
constexpr const char* kNobody = "https://127.0.0.1:9";

std::vector<Argument> Signer(const std::string& party) {
  return {Word("--party"), Folder(party), Word("--passphrase-file"), File("pass")};
}
std::vector<Argument> With(std::vector<Argument> first, std::vector<Argument> second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

std::vector<Subcommand> PartyAndData() {
  return {
      {"party init", {Word("--dir"), Output(), Word("--did"), Word("did:web:n.example"), Word("--role"), Word("sro"),
                      Word("--passphrase-file"), File("pass")}, 0},
      {"party show", {Word("--dir"), Folder("bank")}, 0},
      {"party rotate", {Word("--dir"), Folder("rotated"), Word("--passphrase-file"), File("pass"), Word("--new-passphrase-file"), File("pass")}, 0},
      {"data seal", {Word("--recipient"), Word("age1lvyvwawkr0mcnnnncaghunadrqkmuf9e6507x9y920xxpp866cnql7dp2z"), File("people.csv"), Word("-o"), Output()}, 0},
      {"data open", {Word("--identity"), File("bank/age-identity.txt"), File("people.csv.age"), Word("-o"), Output()}, 0},
      {"data open", {Word("--identity"), File("bank/age-identity.txt"), File("people.csv.age"), Word("--proof"), File("people.json"),
                     Word("--contract"), File("contract.json"), Word("--simulated-anchors"), File("people.json"), Word("-o"), Output()}, 3},
      {"data describe", {Word("--record"), File("people.csv.record"), Word("--schema"), File("schema.json"), Word("--provider"), File("bank/party.json"),
                         Word("--name"), Word("t"), Word("--owner"), Word("o"), Word("--url"), Word("https://a.example/t.age"), Word("--resource"),
                         Word("a/b/c"), Word("--principal-column"), Word("person"), Word("--account"), Word("acc"), Word("-o"), Output()}, 0},
  };
}

std::vector<Subcommand> ContractAndRun() {
  return {
      {"contract new", {Word("--party"), File("bank/party.json"), File("lab/party.json"), File("cloud/party.json"), File("sro/party.json"),
                        Word("--dataset"), File("people.json"), File("plan.json"), Word("--ledger"), File("ledger.json"), Word("--pipeline-sha256"),
                        Word(kHex32), Word("--epsilon"), Word("1"), Word("--delta"), Word("1e-5"), Word("--total-epsilon"), Word("3"),
                        Word("--total-delta"), Word("3e-5"), Word("--root"), Word(kHex32), Word("-o"), Output()}, 0},
      {"contract lint", {File("contract.json")}, 0},
      {"contract sign", With(Signer("bank"), {File("contract.json"), Word("-o"), Output()}), 0},
      {"contract show", {File("contract.json"), Word("--signatures"), Folder("signatures")}, 0},
      {"certify", With(Signer("sro"), {Word("--measurement"), Word(std::string(96, 'c')), Word("-o"), Output()}), 0},
      {"run request", With(Signer("lab"), {Word("--contract"), File("contract.json"), Word("-o"), Output()}), 0},
      {"room init-data", {Word("--contract"), File("contract.json"), Word("--run-request"), File("run-request.cose"), Word("--ledger"),
                          File("ledger.json"), Word("--broker"), Word(std::string("did:web:bank.example=") + kNobody),
                          Word(std::string("did:web:lab.example=") + kNobody), Word("-o"), Output()}, 0},
      {"room run", {Word("--hardware"), Folder("bank"), Word("--data"), Folder("signatures"), Word("--out"), Folder("empty"), Word("--init-data"),
                    File("init-data.toml"), Word("--simulator"), Word("/bin/false")}, 3},
      {"ledger verify", {File("bank.receipt"), File("signatures/bank.cose"), Word("--ledger"), File("ledger.json")}, 0},
      {"revoke", With(Signer("bank"), {Word("--contract"), File("contract.json"), Word("--reason"), Word("r"), Word("--ledger"),
                                       File("ledger-nobody.json"), Word("-o"), Output()}), 3},
  };
}

std::vector<Subcommand> BrokerAndOthers() {
  return {
      {"broker status", {Word("--party"), Folder("bank"), Word("--url"), Word(kNobody)}, 3},
      {"budget show", {Word("--party"), Folder("bank"), Word("--url"), Word(kNobody)}, 3},
      {"broker import", {Word("--party"), Folder("bank"), Word("--url"), Word(kNobody), Word("--contract"), File("contract.json"),
                         Word("--signatures"), Folder("signatures"), Word("--certification"), File("certification.cose"), Word("--key"),
                         Word("data/people/v1"), Word("--record"), File("people.csv.record"), Word("--identity"), File("bank/age-identity.txt")}, 3},
      {"demo", {Word("--scenario"), Word("breast-cancer"), Word("--data"), File("people.csv"), Word("--plan"), File("schema.json"),
                Word("--dir"), Output()}, 3},
      {"conformance", {File("manifest.json")}, 1},
      {"evidence verify", {File("people.json"), Word("--collateral"), Folder("empty"), Word("--policy"), File("people.json")}, 3},
      {"evidence show", {File("people.json")}, 3},
      {"evidence diff", {File("people.json"), File("people.json")}, 3},
  };
}

std::vector<Subcommand> All() {
  std::vector<Subcommand> all = PartyAndData();
  for (const auto& more : {ContractAndRun(), BrokerAndOthers()}) all.insert(all.end(), more.begin(), more.end());
  return all;
}

std::vector<std::string> Words(const std::string& name) {
  const std::size_t space = name.find(' ');
  if (space == std::string::npos) return {name};
  return {name.substr(0, space), name.substr(space + 1)};
}

class BadInput : public testing::Test {
 protected:
  void SetUp() override {
    auto folder = commands::TemporaryFolder::Make();
    ASSERT_TRUE(folder);
    folder_.emplace(std::move(*folder));
    fs::create_directory(folder_->path() / "out");
    fs::create_directories(world_.At("empty"));
    std::error_code ignored;
    fs::copy(world_.At("cloud"), world_.At("rotated"), fs::copy_options::recursive | fs::copy_options::skip_existing, ignored);
    WriteText(world_.At("manifest.json"), R"([{"id": "a", "file": "absent", "features": []}])");
    std::string card = ReadText(world_.At("ledger.json"));
    const std::size_t url = card.find("https://127.0.0.1:");
    ASSERT_NE(url, std::string::npos);
    card.replace(url, card.find('"', url) - url, kNobody);
    WriteText(world_.At("ledger-nobody.json"), card);
  }

  // The subcommand with its arguments; argument `changed` becomes `to`.
  Ran RunWith(const Subcommand& subcommand, std::size_t changed, const std::string& to) {
    std::vector<std::string> line = Words(subcommand.name);
    for (std::size_t i = 0; i < subcommand.arguments.size(); ++i) {
      const Argument& argument = subcommand.arguments[i];
      if (i == changed) line.push_back(to);
      else if (argument.kind == Kind::kWord) line.push_back(argument.text);
      else if (argument.kind == Kind::kOutput) line.push_back((folder_->path() / "out" / argument.text).string());
      else line.push_back(world_.At(argument.text));
    }
    return Cloister(line);
  }
  bool LeftNothing() const {
    // The demonstration's folder keeps what was made until then; it is no output.
    return fs::is_empty(folder_->path() / "out");
  }
  void ExpectRefused(const Ran& ran, const std::string& what) {
    EXPECT_THAT(ran.code, testing::AnyOf(1, 2, 3)) << what << "\n" << ran.err;
    EXPECT_THAT(ran.err, testing::AnyOf(HasSubstr("expected"), HasSubstr("cannot "), HasSubstr("required"))) << what;
    for (const char* word : {"terminate", "what()", "CHECK", "Segmentation", "assert"}) {
      EXPECT_THAT(ran.err, testing::Not(HasSubstr(word))) << what;
    }
    EXPECT_LT(ran.err.size(), 4000u) << what;
    EXPECT_TRUE(LeftNothing()) << what;
    for (const auto& entry : fs::directory_iterator(folder_->path() / "out")) fs::remove_all(entry.path());
  }

  const CliWorld& world_ = CliWorld::Get();
  std::optional<commands::TemporaryFolder> folder_;
};

constexpr std::size_t kNothingChanged = 1000;

TEST_F(BadInput, TheArgumentsBelowAreGoodOnes) {
  for (const Subcommand& subcommand : All()) {
    const Ran ran = RunWith(subcommand, kNothingChanged, "");
    EXPECT_EQ(ran.code, subcommand.code) << subcommand.name << "\n" << ran.err;
    for (const auto& entry : fs::directory_iterator(folder_->path() / "out")) fs::remove_all(entry.path());
  }
}

TEST_F(BadInput, EachSubcommandHasHelp) {
  for (const Subcommand& subcommand : All()) {
    std::vector<std::string> line = Words(subcommand.name);
    line.push_back("--help");
    const Ran ran = Cloister(line);
    EXPECT_EQ(ran.code, 0) << subcommand.name;
    EXPECT_THAT(ran.out, HasSubstr("--help")) << subcommand.name;
  }
}

TEST_F(BadInput, UnknownOptionsAndMissingOnesAreUsage) {
  for (const Subcommand& subcommand : All()) {
    std::vector<std::string> line = Words(subcommand.name);
    if (subcommand.name != "demo") {
      const Ran bare = Cloister(line);
      EXPECT_EQ(bare.code, 2) << subcommand.name;
      EXPECT_THAT(bare.err, HasSubstr("required")) << subcommand.name;
    }
    line.push_back("--no-such-option");
    EXPECT_EQ(Cloister(line).code, 2) << subcommand.name;
  }
  EXPECT_EQ(Cloister({}).code, 2);
  for (const std::vector<std::string>& line : {std::vector<std::string>{"no-such-command"}, {"party", "no-such-command"}}) {
    const Ran unknown = Cloister(line);
    EXPECT_EQ(unknown.code, 2);
    EXPECT_THAT(unknown.err, HasSubstr("got no-such-command"));
  }
  EXPECT_EQ(Cloister({"party"}).code, 2);
}

// Every file that a subcommand reads, replaced by what it is not.
TEST_F(BadInput, FilesThatAreNotWhatTheyShouldBe) {
  std::mt19937 random(7);  // the same bytes each time
  std::string garbage(300, '\0');
  for (char& byte : garbage) byte = static_cast<char>(random());
  for (const Subcommand& subcommand : All()) {
    for (std::size_t i = 0; i < subcommand.arguments.size(); ++i) {
      if (subcommand.arguments[i].kind != Kind::kFile) continue;
      const std::string& name = subcommand.arguments[i].text;
      const std::string what = subcommand.name + ", " + name;
      ExpectRefused(RunWith(subcommand, i, (folder_->path() / "absent").string()), what + " is missing");
      ExpectRefused(RunWith(subcommand, i, world_.folder().string()), what + " is a folder");
      // Anything is a passphrase, or may be sealed; a linter may be given anything.
      if (name == "pass" || name == "people.csv") continue;
      const std::string good = ReadText(world_.At(name));
      const std::array<std::pair<const char*, std::string>, 6> bad = {{{"empty", ""},
                                                                       {"cut", good.substr(0, good.size() / 2)},
                                                                       {"garbage", garbage},
                                                                       {"an array", "[1, 2]"},
                                                                       {"an object of wrong types", R"({"did": 5, "id": [], "url": {}})"},
                                                                       {"a large number", "1e999"}}};
      for (const auto& [kind, text] : bad) {
        const fs::path file = folder_->path() / "bad";
        WriteText(file, text, true);
        ExpectRefused(RunWith(subcommand, i, file.string()), what + " is " + kind);
      }
    }
  }
}

TEST_F(BadInput, FoldersThatAreNotThere) {
  for (const Subcommand& subcommand : All()) {
    for (std::size_t i = 0; i < subcommand.arguments.size(); ++i) {
      if (subcommand.arguments[i].kind != Kind::kFolder) continue;
      const std::string what = subcommand.name + ", " + subcommand.arguments[i].text;
      ExpectRefused(RunWith(subcommand, i, (folder_->path() / "absent").string()), what + " is missing");
      ExpectRefused(RunWith(subcommand, i, world_.At("people.csv")), what + " is a file");
    }
  }
}

TEST_F(BadInput, OutputsThatCannotBeWritten) {
  for (const Subcommand& subcommand : All()) {
    for (std::size_t i = 0; i < subcommand.arguments.size(); ++i) {
      if (subcommand.arguments[i].kind != Kind::kOutput) continue;
      const bool makes_folder = subcommand.arguments[i - 1].text == "--dir";
      if (!makes_folder) {
        ExpectRefused(RunWith(subcommand, i, (folder_->path() / "absent/file").string()), subcommand.name + " into no folder");
        ExpectRefused(RunWith(subcommand, i, folder_->path().string()), subcommand.name + " over a folder");
      }
      ExpectRefused(RunWith(subcommand, i, world_.At("people.csv/file")), subcommand.name + " under a file");
      ExpectRefused(RunWith(subcommand, i, "/" + std::string(300, 'x')), subcommand.name + " under too long a name");
    }
  }
}

TEST_F(BadInput, AWrongPassphraseIsANo) {
  for (const Subcommand& subcommand : All()) {
    for (std::size_t i = 0; i < subcommand.arguments.size(); ++i) {
      if (subcommand.arguments[i].text != "pass" || subcommand.name == "party init") continue;
      if (subcommand.arguments[i - 1].text != "--passphrase-file") continue;
      const Ran ran = RunWith(subcommand, i, world_.At("pass-wrong"));
      EXPECT_EQ(ran.code, 1) << subcommand.name << "\n" << ran.err;
      ExpectRefused(ran, subcommand.name);
    }
  }
}

// Words that are no numbers, DIDs, digests, keys or addresses.
TEST_F(BadInput, WordsThatMeanNothing) {
  for (const Subcommand& subcommand : All()) {
    for (std::size_t i = 1; i < subcommand.arguments.size(); ++i) {
      const std::string& option = subcommand.arguments[i - 1].text;
      const bool checked = option == "--did" || option == "--role" || option == "--recipient" || option == "--pipeline-sha256" ||
                           option == "--epsilon" || option == "--delta" || option == "--total-epsilon" || option == "--total-delta" ||
                           option == "--root" || option == "--measurement" || option == "--broker" || option == "--url" ||
                           option == "--scenario" || option == "--simulator";
      if (!checked || subcommand.arguments[i].kind != Kind::kWord || subcommand.name == "data describe") continue;
      const Ran ran = RunWith(subcommand, i, "\x01 nonsense");
      EXPECT_THAT(ran.code, testing::AnyOf(1, 2, 3)) << subcommand.name << " " << option;
      EXPECT_FALSE(ran.err.empty()) << subcommand.name << " " << option;
      EXPECT_TRUE(LeftNothing()) << subcommand.name << " " << option;
    }
  }
}

TEST_F(BadInput, APipelineIsCheckedBeforeItIsSealed) {
  const std::string plan = ReadText(fs::path(CLOISTER_EXAMPLES) / "breast-cancer/training.json");
  const auto check = [&](const std::string& training) {
    WriteText(folder_->path() / "draft", R"({"type": "pipeline/v1", "sql": "SELECT 1", "label": "ill", "person": "p", "validation": 0.1, "training": )" +
                                             training + "}", false);
    return Cloister({"data", "pipeline", (folder_->path() / "draft").string(), "-o", (folder_->path() / "out/pipeline").string()});
  };
  ExpectRefused(check("{}"), "no training plan");
  ExpectRefused(check("[]"), "training is an array");
  const Ran good = check(plan);
  EXPECT_EQ(good.code, 0) << good.err;
  EXPECT_THAT(ReadText(folder_->path() / "out/pipeline"), testing::StartsWith(R"({"label":"ill","person":"p","sql":)"));
}

// What is wrong is named while its author is still there, not when others are asked to sign it.
TEST_F(BadInput, ADescriptionNamesAPersonColumnAndAKeyThatCanBe) {
  const std::vector<std::string> line = {"data", "describe", "--record", world_.At("people.csv.record"), "--schema", world_.At("schema.json"),
                                         "--provider", world_.At("bank"), "--name", "people", "--owner", "bank", "--url",
                                         "https://data.bank.example/people.csv.age", "--account", "people-of-bank"};
  const auto with = [&](const std::string& column, const std::string& resource) {
    std::vector<std::string> all = line;
    all.insert(all.end(), {"--principal-column", column, "--resource", resource});
    return Cloister(all);
  };
  EXPECT_EQ(with("person", "data/people/v1").code, 0);
  const Ran column = with("peson", "data/people/v1");
  EXPECT_EQ(column.code, 2);
  EXPECT_THAT(column.err, HasSubstr("got peson"));
  const Ran resource = with("person", "people");
  EXPECT_EQ(resource.code, 2);
  EXPECT_THAT(resource.err, HasSubstr("repo/type/tag"));
}

TEST_F(BadInput, ARoomNeedsAnOutFolderThatNoOtherRunUsed) {
  fs::create_directory(folder_->path() / "used");
  WriteText(folder_->path() / "used/room.log", "", false);
  const auto run = [&] {
    return Cloister({"room", "run", "--hardware", world_.At("bank"), "--data", world_.At("signatures"), "--out",
                     (folder_->path() / "used").string(), "--init-data", world_.At("init-data.toml"), "--simulator", "/bin/false"});
  };
  EXPECT_THAT(run().err, testing::Not(HasSubstr("--out")));  // a log alone: that room handed nothing over
  WriteText(folder_->path() / "used/audit.jsonl", "", false);
  const Ran again = run();
  EXPECT_EQ(again.code, 3) << again.err;
  EXPECT_THAT(again.err, HasSubstr("holds audit.jsonl already"));
}

}  // namespace
}  // namespace cloister::cli_tests

#include "commands/collateral_commands.h"

#include <gtest/gtest.h>

#include <sstream>

#include "base/file.h"
#include "commands/documents.h"
#include "commands/temporary_folder.h"
#include "crypto/x509_builder.h"
#include "evidence/anchors.h"

namespace cloister::commands {
namespace {

using crypto::Certificate;
using crypto::SigningKey;

constexpr Seconds kDay{24 * 3600};

// A SIMULATED root of Intel's kind with a revocation list that ends in ten days, and a party.
class CollateralCommands : public testing::Test {
 protected:
  void SetUp() override {
    const Time now = Now();
    root_ = *crypto::CertificateBuilder(key_.Public())
                 .SubjectCommonName("SIMULATED Intel SGX Root CA")
                 .Validity(now - 100 * kDay, now + 100 * kDay)
                 .CertificateAuthority(std::nullopt)
                 .SelfSign(key_);
    evidence::SimulatedAnchors anchors;
    ASSERT_TRUE(anchors.Add(evidence::SimulatedRoot{evidence::RootUse::kIntelSgx, *root_}));
    Write("anchors.json", anchors.ToJson());
    Write("root.pem", root_->Pem());
    Write("passphrase", "four words of nothing\n", FileMode::kPrivate);
    Write("root.crl", List(now - kDay, now + 10 * kDay));
  }
  std::string List(Time from, Time to) const {
    return std::string(AsText(crypto::CrlBuilder().Updates(from, to).Sign(*root_, key_)->Der()));
  }
  std::string Path(const std::string& name) const { return (folder_.path() / name).string(); }
  void Write(const std::string& name, std::string_view text, FileMode mode = FileMode::kPublic) {
    ASSERT_TRUE(WriteFile(Path(name), AsBytes(text), mode));
  }
  CollateralAt At(const std::string& folder) const {
    return {.folder = Path(folder), .simulated_anchors = Path("anchors.json"), .accept_simulated = {ToHex(root_->Fingerprint())}};
  }
  Result<Answer> Add(const std::string& folder, const std::string& file = "root.crl", const std::string& key = "root") {
    return CollateralAdd({.at = At(folder), .kind = "intel-root-crl", .key = key, .file = Path(file), .issuers = Path("root.pem"), .source = {}},
                         {out_, out_});
  }
  Result<Answer> Status(const std::string& folder, int soon_days = 7, bool json = false) {
    out_.str("");
    return CollateralStatus({.at = At(folder), .soon_days = soon_days, .json = json}, {out_, out_});
  }
  std::string MakeParty(const std::string& name) {
    const auto passphrase = ReadPassphrase(Path("passphrase"));
    EXPECT_TRUE(InitParty(Path(name), {.did = "did:web:" + name + ".example", .role = contract::Role::kAuditor}, *passphrase, {}, Now()));
    return Path(name);
  }

  TemporaryFolder folder_ = *TemporaryFolder::Make();
  SigningKey key_ = SigningKey::Generate(crypto::SignatureAlgorithm::kEs256);
  std::optional<Certificate> root_;
  std::ostringstream out_;
};

TEST_F(CollateralCommands, RefuseARootThatNobodyNamed) {
  CollateralAddOptions options{.at = {.folder = Path("store"), .simulated_anchors = Path("anchors.json"), .accept_simulated = {}},
                               .kind = "intel-root-crl", .key = "root", .file = Path("root.crl"), .issuers = Path("root.pem"), .source = {}};
  EXPECT_EQ(CollateralAdd(options, {out_, out_}).error().code(), ErrorCode::kUntrusted);
  options.at.accept_simulated = {ToHex(root_->Fingerprint())};
  options.at.simulated_anchors.clear();
  EXPECT_EQ(CollateralAdd(options, {out_, out_}).error().code(), ErrorCode::kUsage);
}

TEST_F(CollateralCommands, RefuseWhatIsExpiredOlderOrUnderAnotherKey) {
  const Time now = Now();
  Write("expired.crl", List(now - 10 * kDay, now - kDay));
  EXPECT_EQ(Add("store", "expired.crl").error().code(), ErrorCode::kExpired);
  EXPECT_EQ(Add("store", "root.crl", "platform").error().code(), ErrorCode::kMalformed);
  ASSERT_TRUE(Add("store"));
  Write("older.crl", List(now - 2 * kDay, now + 9 * kDay));
  EXPECT_EQ(Add("store", "older.crl").error().code(), ErrorCode::kStale);
}

TEST_F(CollateralCommands, SayWhatEndsSoonBeforeItDoes) {
  ASSERT_TRUE(Add("store"));
  EXPECT_EQ(*Status("store"), Answer::kYes);
  EXPECT_EQ(out_.str().find("fresh"), 0u) << out_.str();
  EXPECT_NE(out_.str().find("SIMULATED"), std::string::npos);
  EXPECT_EQ(*Status("store", 30), Answer::kYes);
  EXPECT_EQ(out_.str().find("soon"), 0u) << out_.str();
}

TEST_F(CollateralCommands, SayNoWhereSomethingIsCorrupt) {
  ASSERT_TRUE(Add("store"));
  for (const auto& file : std::filesystem::directory_iterator(Path("store") + "/blobs")) {
    ASSERT_TRUE(WriteFile(file.path(), AsBytes("rot"), FileMode::kPublic));
  }
  EXPECT_EQ(*Status("store", 7, true), Answer::kNo);
  const auto json = formats::Json::Parse(out_.str());
  ASSERT_TRUE(json);
  EXPECT_FALSE(*json->GetBool("good"));
  EXPECT_EQ(*(**json->GetArray("items"))[0].GetString("state"), "corrupt");
}

TEST_F(CollateralCommands, CarryAStoreInABundleOfANamedSigner) {
  ASSERT_TRUE(Add("store"));
  const std::string alice = MakeParty("alice");
  const std::string mallory = MakeParty("mallory");
  ASSERT_TRUE(CollateralExport({.at = At("store"), .party = alice, .passphrase_file = Path("passphrase"), .output = Path("bundle")}, {out_, out_}));
  const auto import = [&](const std::string& signer) {
    return CollateralImport({.at = At("other"), .file = Path("bundle"), .signer = signer}, {out_, out_});
  };
  EXPECT_EQ(import(mallory).error().code(), ErrorCode::kUntrusted);
  const auto imported = import(alice);
  ASSERT_TRUE(imported) << imported.error().ToText();
  EXPECT_EQ(*Status("other"), Answer::kYes);
  EXPECT_NE(out_.str().find("intel-root-crl root"), std::string::npos);
}

}  // namespace
}  // namespace cloister::commands
